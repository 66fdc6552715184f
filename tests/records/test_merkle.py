from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.records.chain import head_of
from holdfast.records.merkle import leaves_of, proof, proves, root
from record_building import chained, reading

# The reference vectors of Certificate Transparency for RFC 6962: leaves, the root of the
# first one to eight of them, and two inclusion proofs.
KNOWN = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
PROOFS = {
    0: (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    5: (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size):
    assert root(KNOWN[:size]).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert root([]) == sha256(b"").digest()


@pytest.mark.parametrize("index", PROOFS)
def test_proofs_are_those_of_certificate_transparency(index):
    assert tuple(each.hex() for each in proof(KNOWN, index)) == PROOFS[index]


leaves = st.lists(st.binary(max_size=4), min_size=1, max_size=40, unique=True)


@given(held=leaves, data=st.data())
def test_a_proof_shows_its_own_leaf_at_its_own_place_and_no_other(held, data):
    index = data.draw(st.integers(0, len(held) - 1))
    other = data.draw(st.integers(0, len(held) - 1))
    path, top = proof(held, index), root(held)
    assert proves(path, leaf=held[index], index=index, size=len(held), of_root=top)
    if other != index:
        assert not proves(path, leaf=held[other], index=index, size=len(held), of_root=top)
        assert not proves(path, leaf=held[index], index=other, size=len(held), of_root=top)
    assert not proves([*path, top], leaf=held[index], index=index, size=len(held), of_root=top)
    assert not proves(path, leaf=held[index], index=index, size=len(held), of_root=sha256(top).digest())


def test_there_is_no_proof_for_a_leaf_that_is_not_there():
    with pytest.raises(IndexError, match="no leaf 3 of 3"):
        proof(KNOWN[:3], 3)
    assert not proves([], leaf=b"", index=0, size=0, of_root=root([]))


def test_a_seal_of_heads_does_not_depend_on_their_order_and_shows_any_change():
    ends = [chained([reading(1, stream=f"session/P{n}/dosing-1")])[0] for n in range(5)]
    heads = [head_of(end) for end in ends]
    sealed = root(leaves_of(heads))
    assert root(leaves_of(reversed(heads))) == sealed
    assert root(leaves_of(heads[:-1])) != sealed
    assert root(leaves_of([*heads[:-1], head_of(chained([reading(9)])[0])])) != sealed
