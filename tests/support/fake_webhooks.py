"""What the handlers of webhooks need, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from shared.domain.audit import Actor
from shared.domain.notices.deliveries import ChannelName, DeliveryRow, DeliveryState, NewDelivery
from shared.domain.webhooks.webhook import MOST_OF_A_USER, NewWebhook, Webhook

NOW = datetime(2027, 1, 31, tzinfo=UTC)


@dataclass
class FakeWebhooks:
    """Webhooks numbered from 1, with secrets `whsec_1`, ...; the deliveries of all; and who changed what."""

    rows: dict[int, Webhook] = field(default_factory=dict)
    deliveries: dict[int, tuple[str, DeliveryRow]] = field(default_factory=dict)  # (target, row)
    by: list[Actor] = field(default_factory=list)

    async def create(self, new: NewWebhook, actor: Actor) -> tuple[Webhook, str] | None:
        """Keep it."""
        if sum(each.user_id == new.user_id for each in self.rows.values()) >= MOST_OF_A_USER:
            return None
        number = len(self.rows) + 1
        row = Webhook(number, new.user_id, new.url, new.scope, new.context, new.types, ("sealed",), NOW)
        self.rows[number] = row
        self.by.append(actor)
        return row, f"whsec_{number}"

    async def of_all(self, before_id: int | None, limit: int) -> list[Webhook]:
        """The newest first."""
        return [each for each in self.rows.values() if each.id < (before_id or 10**9)][::-1][:limit]

    async def page(self, user_id: int, before_id: int | None, limit: int) -> list[Webhook]:
        """The newest first."""
        own = [each for each in self.rows.values() if each.user_id == user_id and each.id < (before_id or 10**9)]
        return own[::-1][:limit]

    async def of_user(self, user_id: int, webhook_id: int) -> Webhook | None:
        """None for another user's."""
        row = self.rows.get(webhook_id)
        return row if row is not None and row.user_id == user_id else None

    async def delete(self, user_id: int, webhook_id: int, actor: Actor) -> Webhook | None:
        """Drop it."""
        row = await self.of_user(user_id, webhook_id)
        if row is not None:
            del self.rows[webhook_id]
            self.by.append(actor)
        return row

    async def rotate(self, user_id: int, webhook_id: int, actor: Actor) -> tuple[Webhook, str] | None:
        """A secret that says so."""
        row = await self.of_user(user_id, webhook_id)
        return None if row is None else (row, "whsec_rotated")

    async def enable(self, user_id: int, webhook_id: int, actor: Actor) -> Webhook | None:
        """Not disabled any more."""
        row = await self.of_user(user_id, webhook_id)
        return None if row is None else self.change(replace(row, disabled_at=None, disabled_reason=None))

    def change(self, row: Webhook) -> Webhook:
        """Keep it as it is now."""
        self.rows[row.id] = row
        return row

    async def test(self, webhook: Webhook, news: NewDelivery, actor: Actor) -> DeliveryRow:
        """Keep the delivery."""
        number = len(self.deliveries) + 1
        row = DeliveryRow(
            number,
            news.event_id,
            news.event_type,
            DeliveryState.WAITING,
            0,
            NOW,
            None,
            None,
            created_at=NOW,
            updated_at=NOW,
        )
        self.deliveries[number] = (news.target, row)
        return row

    async def redeliver(self, webhook: Webhook, delivery_id: int, actor: Actor) -> DeliveryRow | None:
        """None for one of another webhook."""
        target, row = self.deliveries.get(delivery_id, ("", None))
        return row if target == str(webhook.id) else None


@dataclass
class FakeDeliveries:
    """The deliveries of webhooks."""

    webhooks: FakeWebhooks

    async def page(self, channel: ChannelName, target: str, before_id: int | None, limit: int) -> list[DeliveryRow]:
        """The newest first."""
        rows = [row for to, row in self.webhooks.deliveries.values() if to == target and row.id < (before_id or 10**9)]
        return rows[::-1][:limit]
