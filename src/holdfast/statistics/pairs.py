"""Subjects correlated within therapist pairs: the likelihood of whole pairs, in dense blocks.

A response is its columns + a random effect of the pair + one of the pair in the
subject's arm + the error, whose covariance over a subject's visits has any structure.
Subjects of a pair then share one covariance block, which no pattern of visits repeats;
the sums over pairs are those of ``reml`` written out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.covariance import Covariance, Shape
from holdfast.statistics.reml import Point


class Block(NamedTuple):
    """The n responses of one pair.

    ``X`` (n, q), ``y`` (n,); ``visit`` and ``group`` (n,); ``same`` (n, n) marks responses
    of one subject; ``components`` (c, n, n) are what the variance components multiply.
    """

    X: Floats
    y: Floats
    visit: Ints
    group: Ints
    same: Bools
    components: Floats


def blocks_of(
    X: Floats, y: Floats, subject: Ints, visit: Ints, group: Ints, pair: Ints, arm: Ints
) -> tuple[Block, ...]:
    """The blocks of all pairs, with two components: the pair, and the pair in the subject's arm."""
    blocks = []
    for each in range(int(pair.max()) + 1):
        rows = np.flatnonzero(pair == each)
        same_arm = arm[rows][:, None] == arm[rows][None, :]
        blocks.append(
            Block(
                X=X[rows],
                y=y[rows],
                visit=visit[rows],
                group=group[rows],
                same=subject[rows][:, None] == subject[rows][None, :],
                components=np.array([np.ones_like(same_arm), same_arm], dtype=np.float64),
            )
        )
    return tuple(blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLikelihood:
    """The likelihood of independent pairs; ``kept`` are the variance components in the model.

    The components stand at the end of theta. They may be negative on the way, and even
    at the maximum: ``components`` then leaves them out.
    """

    blocks: tuple[Block, ...]
    covariance: Covariance
    kept: tuple[int, ...]
    reml: bool

    def at(self, theta: Floats) -> Point | None:
        """The likelihood at ``theta``; None where a pair's covariance is not positive definite."""
        shape, components = self._split(theta)
        if shape is None:
            return None
        inverses, log_determinant = [], 0.0
        for block in self.blocks:
            try:
                factor = np.linalg.cholesky(self._sigma(block, shape, components))
            except np.linalg.LinAlgError:
                return None
            root = np.linalg.inv(factor)
            inverses.append(root.T @ root)
            log_determinant += 2.0 * float(np.log(np.diag(factor)).sum())
        return self._point(shape, inverses, log_determinant)

    def edge(self, theta: Floats) -> float:
        """The smallest eigenvalue of the pairs' correlations."""
        shape, components = self._split(theta)
        if shape is None:
            return 0.0
        least = []
        for block in self.blocks:
            sigma = self._sigma(block, shape, components)
            deviations = np.sqrt(np.diag(sigma))
            least.append(float(np.linalg.eigvalsh(sigma / np.outer(deviations, deviations))[0]))
        return min(least)

    def curvature(self, theta: Floats, point: Point, weights: Floats) -> Floats:
        """(q, q) Σ wₖₗ X'V⁻¹VₖV⁻¹VₗV⁻¹X for ``weights`` (m, m)."""
        shape, _ = self._split(theta)
        assert shape is not None, "theta is a maximum"
        q = self.blocks[0].X.shape[1]
        total = np.zeros((q, q))
        for block, inverse in zip(self.blocks, point.inverses, strict=True):
            WX = inverse @ block.X
            DWX = self._derivatives(block, shape) @ WX
            weighted = np.tensordot(weights, DWX, axes=1)
            total += (DWX.transpose(0, 2, 1) @ inverse @ weighted).sum(axis=0)
        return total

    def _split(self, theta: Floats) -> tuple[Shape | None, Floats]:
        own = len(theta) - len(self.kept)
        return self.covariance.at(theta[:own]), theta[own:]

    def _sigma(self, block: Block, shape: Shape, components: Floats) -> Floats:
        own = shape.sigma[_places(block)] * block.same
        return np.asarray(own + np.tensordot(components, block.components[list(self.kept)], axes=1))

    def _derivatives(self, block: Block, shape: Shape) -> Floats:
        g, a, b = _places(block)
        own = shape.first[:, g, a, b] * block.same
        return np.concatenate([own, block.components[list(self.kept)]])

    def _point(self, shape: Shape, inverses: list[Floats], log_determinant: float) -> Point | None:
        weighted = [inverse @ block.X for block, inverse in zip(self.blocks, inverses, strict=True)]
        XWX = sum(block.X.T @ WX for block, WX in zip(self.blocks, weighted, strict=True))
        XWy = sum(block.y @ WX for block, WX in zip(self.blocks, weighted, strict=True))
        try:
            root = np.linalg.cholesky(np.asarray(XWX))
        except np.linalg.LinAlgError:
            return None
        inverse_root = np.linalg.inv(root)
        phi = inverse_root.T @ inverse_root
        beta = phi @ XWy
        q, m = len(beta), len(shape.first) + len(self.kept)
        value = log_determinant
        gradient, traces, squares = np.zeros(m), np.zeros((m, m)), np.zeros((m, m))
        slopes, pull, bend = np.zeros((m, q, q)), np.zeros((m, q)), np.zeros((m, m))
        observations = 0
        for block, W, WX in zip(self.blocks, inverses, weighted, strict=True):
            residual = block.y - block.X @ beta
            u = W @ residual
            D = self._derivatives(block, shape)
            WD = W @ D
            DWX, Du = D @ WX, D @ u
            observations += len(u)
            value += float(residual @ u)
            score = W - np.outer(u, u)
            traces += np.einsum("kab,lba->kl", WD, WD)
            squares += (Du @ W) @ Du.T
            slopes += WX.T @ DWX
            pull += Du @ WX
            if self.reml:
                hat = WX @ phi @ WX.T
                score = score - hat
                traces -= 2.0 * np.einsum("kab,lba->kl", WD, hat @ D)
            gradient += np.tensordot(D, score, axes=2)
            if shape.second is not None:
                own = len(shape.first)
                g, a, b = _places(block)
                bend[:own, :own] += np.tensordot(shape.second[:, :, g, a, b] * block.same, score, axes=2)
        squares -= pull @ phi @ pull.T
        if self.reml:
            turned = slopes @ phi
            traces += np.einsum("kab,lba->kl", turned, turned)
            value += 2.0 * float(np.log(np.diag(root)).sum()) - q * float(np.log(2.0 * np.pi))
        value += observations * float(np.log(2.0 * np.pi))
        return Point(
            value, gradient, 2.0 * squares - traces + bend, traces, beta, phi, slopes, tuple(inverses)
        )


def _places(block: Block) -> tuple[Ints, Ints, Ints]:
    """Where each pair of responses finds its covariance: group, visit, visit."""
    return block.group[:, None], block.visit[:, None], block.visit[None, :]
