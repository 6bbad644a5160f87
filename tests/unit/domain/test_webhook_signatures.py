"""What is signed is what a receiver with the package of the specification accepts."""

from __future__ import annotations

import base64
import time

import pytest
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from shared.domain.webhooks.signing import new_secret, signatures

BODY = '{"data":{"title":"Überblick"}}'.encode()


def headers(secrets: list[str], *, at: float = 0.0) -> dict[str, str]:
    now = int(time.time() + at)
    return {
        "webhook-id": "17",
        "webhook-timestamp": str(now),
        "webhook-signature": signatures(secrets, "17", now, BODY),
    }


def test_a_secret_is_24_to_64_random_bytes_in_base64() -> None:
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    for secret in secrets:
        prefix, _, text = secret.partition("_")
        assert prefix == "whsec"
        assert 24 <= len(base64.b64decode(text, validate=True)) <= 64


def test_during_a_rotation_a_receiver_of_either_secret_accepts_and_any_other_refuses() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    sent = headers([new, old])
    assert len(sent["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        assert Receiver(secret).verify(BODY, sent) == {"data": {"title": "Überblick"}}
    with pytest.raises(WebhookVerificationError):
        Receiver(other).verify(BODY, sent)


@pytest.mark.parametrize("changed", ["webhook-id", "body", "webhook-timestamp"])
def test_what_was_altered_on_the_way_is_refused(changed: str) -> None:
    secret = new_secret()
    sent, body = headers([secret]), BODY
    if changed == "body":
        body += b" "
    else:
        sent[changed] = str(int(sent[changed]) + 1)
    with pytest.raises(WebhookVerificationError):
        Receiver(secret).verify(body, sent)


def test_what_was_sent_long_ago_is_refused() -> None:
    secret = new_secret()
    with pytest.raises(WebhookVerificationError, match="too old"):
        Receiver(secret).verify(BODY, headers([secret], at=-600))
