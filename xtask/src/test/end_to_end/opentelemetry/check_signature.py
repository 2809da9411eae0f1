"""Signs a request with botocore, and compares the signature with the one that the request came with."""

import json
import re
import sys
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

folder = Path(sys.argv[1])
request = json.loads((folder / "request.json").read_text())
headers = request["headers"]
authorization = headers["authorization"]
signed = re.search(r"SignedHeaders=([^,]+)", authorization)[1].split(";")

again = AWSRequest(
    method="POST",
    url="http://" + headers["host"] + request["path"],
    headers={name: headers[name] for name in signed if name not in ("host", "x-amz-date")},
    data=(folder / "body").read_bytes(),
)
again.context["timestamp"] = headers["x-amz-date"]
secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
auth = SigV4Auth(Credentials("AKIDEXAMPLE", secret, "token"), "xray", "eu-west-1")
again.headers["X-Amz-Date"] = headers["x-amz-date"]
text = auth.string_to_sign(again, auth.canonical_request(again))
expected = auth.signature(text, again)
actual = re.search(r"Signature=([0-9a-f]+)", authorization)[1]
if actual != expected:
    sys.exit(f"the signature is {actual}, botocore's is {expected} for\n{auth.canonical_request(again)}")
print(f"botocore computes the same signature: {', '.join(signed)}")
