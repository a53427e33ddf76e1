-- Invoices of two tenants in one table, and a policy that shows each tenant its own.
CREATE ROLE invoice_reader;
CREATE TABLE invoice (id int PRIMARY KEY, tenant text NOT NULL, amount numeric NOT NULL);
INSERT INTO invoice VALUES (1, 'acme', 120.50), (2, 'globex', 80), (3, 'acme', 19.90);
ALTER TABLE invoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_invoices ON invoice TO invoice_reader
	USING (tenant = current_setting('app.tenant', true));
GRANT SELECT ON invoice TO invoice_reader;
