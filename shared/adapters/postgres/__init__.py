"""PostgreSQL: the pool, the migrations, a query module for each table."""
