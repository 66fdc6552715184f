"""practice: a dosing day with a virtual participant, in a ledger of its own."""
