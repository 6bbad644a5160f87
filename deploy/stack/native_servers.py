"""Private native servers: PostgreSQL and RabbitMQ from the distribution's packages, ended with this process."""

from __future__ import annotations

from deploy.stack import postgres, rabbitmq
from deploy.stack.account import unprivileged_account
from deploy.stack.postgres import Postgres
from deploy.stack.rabbitmq import RabbitMQ
from deploy.stack.server_folder import ServerFolder
from deploy.stack.stack_folder import StackFolder


def installed() -> bool:
    """Whether both servers are installed on this machine."""
    return postgres.binary("postgres") is not None and rabbitmq.release() is not None


class NativeServers:
    """The two servers of one stack folder. Start them from the main thread: see `child_processes.start`."""

    def __init__(self, stack_folder: StackFolder) -> None:
        folder, account = stack_folder.servers_folder(), unprivileged_account()
        password = stack_folder.secret("servers")
        self.postgres = Postgres(ServerFolder(folder / "postgres", account, stack_folder.remember), password)
        self.rabbitmq = RabbitMQ(ServerFolder(folder / "rabbitmq", account, stack_folder.remember), password)

    def stop(self) -> None:
        """Stop both, the broker first; one that was not started is skipped."""
        self.rabbitmq.stop()
        self.postgres.stop()
