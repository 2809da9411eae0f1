#!/usr/bin/env bash
# Powertools for AWS Lambda (Python) 3.37.0 (PyPI): an idempotent function whose answer is false in Python (`{}`, `0`, `""`, `[]`,
# `False`) gets `None` as the answer of every duplicate, although the store has the answer. The caller of a duplicate, such as API
# Gateway, therefore sees another answer than the first caller. Answers that are true are replayed as they are.
#
# The store below is the library's own extension point, `BasePersistenceLayer`, over a dict; the decision is made by the
# library when it reads the record. Exits with 1 if that has changed. Needs Python with venv; a few seconds.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aws-lambda-powertools==3.37.0 boto3==1.40.0
cat > "$folder/finding.py" <<'PYTHON'
import datetime
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer, IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
)


class Memory(BasePersistenceLayer):
    def __init__(self):
        super().__init__()
        self.records = {}

    def _get_record(self, idempotency_key):
        if idempotency_key not in self.records:
            raise IdempotencyItemNotFoundError
        return self.records[idempotency_key]

    def _put_record(self, data_record):
        known = self.records.get(data_record.idempotency_key)
        if known is not None:
            raise IdempotencyItemAlreadyExistsError(old_data_record=known)
        self.records[data_record.idempotency_key] = data_record

    def _update_record(self, data_record):
        self.records[data_record.idempotency_key] = data_record

    def _delete_record(self, data_record):
        self.records.pop(data_record.idempotency_key, None)


changed = False
print("aws-lambda-powertools", version("aws-lambda-powertools"))
for answer, expected in [({"paid": 1}, {"paid": 1}), ({}, None), (0, None), ("", None), ([], None), (False, None)]:
    store = Memory()

    @idempotent_function(data_keyword_argument="order", persistence_store=store, config=IdempotencyConfig())
    def charge(order):
        return answer

    first, second = charge(order={"id": "A-1"}), charge(order={"id": "A-1"})
    recorded = [record.response_data for record in store.records.values()]
    print(f"answer {first!r}, recorded {recorded}, replayed {second!r}")
    changed |= second != expected or type(second) is not type(expected)
raise SystemExit(changed)
PYTHON
"$folder/venv/bin/python" "$folder/finding.py"
