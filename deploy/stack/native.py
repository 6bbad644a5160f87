"""Private native servers: PostgreSQL and RabbitMQ of the distribution, run by us for as long as we live."""

from __future__ import annotations

from deploy.stack import postgres, rabbitmq
from deploy.stack.account import unprivileged
from deploy.stack.home import Home
from deploy.stack.place import Place
from deploy.stack.postgres import Postgres
from deploy.stack.rabbitmq import RabbitMQ


def installed() -> bool:
    """Whether both servers are on this machine."""
    return postgres.binary("postgres") is not None and rabbitmq.release() is not None


class Native:
    """The two servers of one home. Start them from the main thread; stop the broker before the database."""

    def __init__(self, home: Home) -> None:
        folder, account = home.servers_folder(), unprivileged()
        password = home.secret("servers")
        self.postgres = Postgres(Place(folder / "postgres", account, home.started), password)
        self.rabbitmq = RabbitMQ(Place(folder / "rabbitmq", account, home.started), password)

    def stop(self) -> None:
        """Stop what was started."""
        self.rabbitmq.stop()
        self.postgres.stop()
