-- Acts of site admins and of the operator: what the site's audit log shows. Everything else is in its room's log.
ALTER TABLE audit ADD COLUMN of_site BIGINT NOT NULL DEFAULT 0;
DROP TRIGGER audit_is_not_changed;
UPDATE audit SET of_site = 1
WHERE thread_id IS NULL OR actor IS NULL OR actor IN (SELECT id FROM users WHERE is_admin <> 0);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE INDEX audit_of_site ON audit (id) WHERE of_site = 1;
