-- The lowest version of code that the schema serves once this migration is applied (shared/adapters/postgres/schema.py).
-- NULL: the migration takes nothing away that earlier code uses.
ALTER TABLE schema_migrations ADD COLUMN serves_from integer;
