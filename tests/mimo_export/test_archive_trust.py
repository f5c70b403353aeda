from __future__ import annotations

from mimo_export import archive_trust


def test_no_process_trusts_the_code_of_files_before_it_was_asked_to() -> None:
    assert not archive_trust.lambdas_are_trusted()
    try:
        archive_trust.trust_lambdas()
        assert archive_trust.lambdas_are_trusted()
    finally:
        archive_trust.trust_lambdas(trusted=False)
    assert not archive_trust.lambdas_are_trusted()
