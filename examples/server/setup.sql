-- Customers and invoices of two tenants, and views that show each tenant its own. Everything is in the schema
-- fraiseql_demo, which is created anew; dropping it and the role fraiseql_demo_reader removes everything.
DROP SCHEMA IF EXISTS fraiseql_demo CASCADE;
CREATE SCHEMA fraiseql_demo;

CREATE TABLE fraiseql_demo.customer (
	id     int  PRIMARY KEY,
	tenant text NOT NULL,
	name   text NOT NULL,
	city   text NOT NULL
);
CREATE TABLE fraiseql_demo.invoice (
	id       int           PRIMARY KEY,
	tenant   text          NOT NULL,
	customer int           NOT NULL REFERENCES fraiseql_demo.customer,
	status   text          NOT NULL,
	amount   numeric(10,2) NOT NULL,
	issued   date          NOT NULL
);
CREATE INDEX ON fraiseql_demo.invoice (tenant, id);

-- Customers 1 to 200 and their 4000 invoices belong to acme, the others and their 2000 invoices to globex.
INSERT INTO fraiseql_demo.customer
	SELECT g, CASE WHEN g <= 200 THEN 'acme' ELSE 'globex' END,
		(ARRAY['Ada', 'Bruno', 'Chloe', 'Dilip', 'Emma'])[1 + g % 5] || ' ' || g, (ARRAY['Lyon', 'Turin', 'Ghent'])[1 + g % 3]
	FROM generate_series(1, 300) AS g;
INSERT INTO fraiseql_demo.invoice
	SELECT g, c.tenant, c.id, (ARRAY['open', 'paid', 'overdue'])[1 + g % 3], g * 7919 % 100000 / 100.0, date '2025-01-01' + g % 365
	FROM generate_series(1, 6000) AS g JOIN fraiseql_demo.customer AS c ON c.id = 1 + g % 300;
ANALYZE fraiseql_demo.customer, fraiseql_demo.invoice;

-- Without security_invoker, a view reads with the privileges of its owner, to whom no policy applies.
CREATE VIEW fraiseql_demo.v_customer WITH (security_invoker = true) AS
	SELECT jsonb_build_object('id', id, 'name', name, 'city', city) AS data FROM fraiseql_demo.customer;
CREATE VIEW fraiseql_demo.v_invoice WITH (security_invoker = true) AS
	SELECT jsonb_build_object('id', i.id, 'status', i.status, 'amount', i.amount, 'issued', i.issued,
		'customer', jsonb_build_object('id', c.id, 'name', c.name)) AS data
	FROM fraiseql_demo.invoice AS i JOIN fraiseql_demo.customer AS c ON c.id = i.customer;

-- The role that queries run as. If app.tenant is not set, the policies show no rows.
DO $$ BEGIN CREATE ROLE fraiseql_demo_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT fraiseql_demo_reader TO CURRENT_USER;
GRANT USAGE ON SCHEMA fraiseql_demo TO fraiseql_demo_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA fraiseql_demo TO fraiseql_demo_reader;
ALTER TABLE fraiseql_demo.customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE fraiseql_demo.invoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON fraiseql_demo.customer TO fraiseql_demo_reader USING (tenant = current_setting('app.tenant', true));
CREATE POLICY own ON fraiseql_demo.invoice TO fraiseql_demo_reader USING (tenant = current_setting('app.tenant', true));
