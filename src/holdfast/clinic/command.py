"""``holdfast clinic …``: parse, one call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, help="The clinic: the site where studies are run, with its own database."
)


def _say(sentence: str) -> None:
    typer.echo(sentence)


@app.command()
def run(
    demo: bool = typer.Option(False, "--demo", help="Fill an empty clinic with rehearsals; demo sign-in."),
    port: int = typer.Option(8000, "--port", envvar="PORT", min=1, max=65535),
    host: str = typer.Option("127.0.0.1", "--host", help="The address to listen on."),
) -> None:
    """Run the site and its database until Ctrl-C."""
    from holdfast.clinic.running import Running

    Running(host=host, port=port, demo=demo, say=_say).run()


@app.command()
def seed() -> None:
    """Fill an empty clinic with rehearsals of a trial and of a programme outside trials, and their people."""
    from holdfast.clinic.preparing import ready

    with ready(say=_say):
        from holdfast.clinic import edge
        from holdfast.clinic.demo import fill

        _say(fill(now=edge.now(), say=_say))


@app.command()
def watch() -> None:
    """Record what is overdue, every quarter of a minute, and send what is due; `run` starts this itself."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.clinic.settings")
    import django

    django.setup()
    from holdfast.clinic.dosing.watching import keep_looking
    from holdfast.clinic.jobs.working import start

    start()
    keep_looking(say=_say)


@app.command()
def account(
    person: Annotated[str, typer.Argument(help="The id that records carry as author.")],
    name: Annotated[str, typer.Option("--name", help="The name pages show.")] = "",
    study: Annotated[str, typer.Option("--study", help="With --role: the study.")] = "",
    role: Annotated[str, typer.Option("--role", help="A role of the study: statistician, auditor …")] = "",
    email: Annotated[str, typer.Option("--email", help="Where what they are told is sent as well.")] = "",
) -> None:
    """Make an account, or give one a new password, which is printed once."""
    from holdfast.clinic.preparing import ready

    with ready(say=_say):
        from holdfast.clinic import edge
        from holdfast.clinic.accounts.making import make

        _say(make(person, name=name, study=study, role=role, email=email, now=edge.now()))


@app.command()
def mail(
    to: Annotated[str, typer.Argument(help="The address to which one message is sent, to try the settings.")],
) -> None:
    """Try the mail settings: send one message that says nothing, and say what came of it."""
    from holdfast.clinic.preparing import set_up

    set_up(migrate=False)
    from holdfast.clinic import edge
    from holdfast.clinic.jobs.trying import try_out

    _say(try_out(to, now=edge.now(), id=edge.new_id()))


@app.command()
def wording(
    file: Annotated[Path, typer.Argument(help="An instrument's words, with the permission to show them.")],
    study: Annotated[str, typer.Option("--study", help="The study in which they are shown.")],
    by: Annotated[str, typer.Option("--by", help="Who brings them: the author of the record.")] = "owner",
) -> None:
    """Bring the words of an instrument whose words are not part of this software."""
    from holdfast.clinic.preparing import ready

    with ready(say=_say):
        from holdfast.clinic import edge
        from holdfast.clinic.forms.bringing import bring

        _say(bring(file, study=study, by=by, now=edge.now()))


@app.command("wording-template")
def wording_template(
    instrument: Annotated[str, typer.Argument(help="C-SSRS-SR, DERS-16 or SDS.")],
) -> None:
    """Print a file to put an instrument's words into: invented sentences, as they are for rehearsals only."""
    from holdfast.protocol.wording_file import template

    typer.echo(template(instrument), nl=False)


@app.command()
def verify() -> None:
    """Check every record's hash, every chain, every head. Exit 1 where something does not verify."""
    from holdfast.clinic.preparing import ready

    with ready(say=_say):
        from holdfast.clinic.ledger.verify import verify as verify_ledger

        _say(verify_ledger().in_words())


@app.command()
def rebuild() -> None:
    """Drop what pages are drawn from and make it again from the records."""
    from holdfast.clinic.preparing import ready

    with ready(say=_say):
        from holdfast.clinic.ledger.rebuild import rebuild as rebuild_rows

        _say(rebuild_rows().in_words())


@app.command("export")
def export_(file: Annotated[Path, typer.Argument(help="The backup to write (.zip).")]) -> None:
    """Write every record, and what must not be lost beside them, into one file."""
    from holdfast.clinic.preparing import ready

    with ready(say=_say):
        from holdfast.clinic import edge
        from holdfast.clinic.backup import write

        _say(write(file, now=edge.now()))


@app.command("export-registry")
def export_registry(
    study: Annotated[str, typer.Argument(help="The study.")],
    out: Annotated[
        Path, typer.Option("--out", help="The folder to write the files into; made where absent.")
    ],
    to: Annotated[str, typer.Option("--to", help="Who gets the files, written the same way each time.")],
    by: Annotated[str, typer.Option("--by", help="Who answers for it: a statistician of the study.")],
    site: Annotated[
        str, typer.Option("--site", help="Whose people; may be left out where there is one.")
    ] = "",
) -> None:
    """Write what may go to a long-term registry, as REDCap takes it, and record that it left."""
    from holdfast.clinic.preparing import ready

    with ready(say=_say):
        from holdfast.clinic import edge
        from holdfast.clinic.oversight.export_command import export_to

        _say(export_to(out, study=study, to=to, by=by, site=site, now=edge.now_in(study)))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A backup that `export` wrote, or a records.ndjson.")],
) -> None:
    """Bring a backup, or the records of a rehearsal, into a clinic that holds none of its studies."""
    from holdfast.clinic.preparing import ready

    with ready(say=_say):
        from holdfast.clinic.backup import read

        _say(read(file))
