"""What a study file says of withdrawal from the use of data, and what holds where it says nothing."""

from __future__ import annotations

from holdfast.protocol.model import DataUseWithdrawal, Protocol

SOURCE = (
    "FDA, Data Retention When Subjects Withdraw from FDA-Regulated Clinical Trials, October 2008 "
    "(read on its page and in summaries; the guidance itself was not at hand); Regulation (EU) 2016/679, "
    "Art. 17(3)(d), and Regulation (EU) 536/2014, Art. 28(3), as summarised by others, to be verified"
)
USES = ("recording-", "data-sharing", "registry", "laboratory-genetic")
"""Beginnings of the codes of consent items that permit a further use of data."""


def on_withdrawal(protocol: Protocol) -> DataUseWithdrawal:
    """What the file says; else nothing more is collected, and what was collected before is kept.

    A programme outside trials is treatment: there, what treatment needs goes on being recorded.
    """
    if protocol.data_use_withdrawal is not None:
        return protocol.data_use_withdrawal
    return DataUseWithdrawal(
        collection="ends" if protocol.programme is None else "for-care",
        analysis="to-date",
        consents=tuple(
            item.code for item in protocol.consent if not item.required and item.code.startswith(USES)
        ),
        source=SOURCE,
        status="sourced_secondary",
    )
