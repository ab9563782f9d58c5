-- Acts of site admins and of the operator: what the site's audit log shows. Everything else is in its room's log.
ALTER TABLE audit ADD COLUMN of_site BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit DISABLE TRIGGER audit_is_not_changed;
UPDATE audit SET of_site = 1
WHERE thread_id IS NULL OR actor IS NULL OR actor IN (SELECT id FROM users WHERE is_admin <> 0);
ALTER TABLE audit ENABLE TRIGGER audit_is_not_changed;
CREATE INDEX audit_of_site ON audit (id) WHERE of_site = 1;
