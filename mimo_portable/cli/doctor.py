"""`mimo-portable doctor`: what this machine can do, and the command for what it cannot."""

from __future__ import annotations

import argparse
import dataclasses

from mimo_portable.cli import _errors, _exporting, _verb


def register(subparsers: _verb.Subparsers) -> None:
    """Add the verb."""
    _verb.add_verb(
        subparsers,
        "doctor",
        run,
        "Show what is installed, what can be done, and what adds the rest.",
    )


def run(args: argparse.Namespace) -> int:
    """Diagnose; 1 only where nothing at all can be done."""
    from mimo_export.doctor import diagnose

    found = diagnose()
    if args.json:
        _verb.print_json({**dataclasses.asdict(found), "warnings": list(found.warnings)})
        return _errors.OK if found.usable else _errors.CHECK_FAILED
    versions = {name: version or "not installed" for name, version in found.packages.items()}
    _exporting.print_facts({"python": found.python, "system": found.system, **versions})
    print()
    _verb.print_table(
        ("job", "here", "what adds it"),
        [(j.name, f"lacks {j.missing}" if j.missing else "yes", j.command) for j in found.jobs],
    )
    print(f"\nfree disk space here: {found.free_bytes / 2**30:.1f} GiB")
    for warning in found.warnings:
        print(f"warning: {warning}")
    return _errors.OK if found.usable else _errors.CHECK_FAILED
