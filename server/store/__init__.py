"""Everything the product asks of its database: the queries, the migrations, and the embedded PostgreSQL."""
