"""PostgreSQL: the pool, the migrations, a query module per table."""
