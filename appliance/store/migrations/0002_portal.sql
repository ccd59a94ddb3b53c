-- The captive portal: phones whose owner said yes. Never edited once it shipped.

CREATE TABLE releases (
    client          TEXT PRIMARY KEY,
    granted_boot    TEXT NOT NULL,
    granted_boot_ms INTEGER NOT NULL,
    granted_wall_ms INTEGER NOT NULL,
    granted_trust   TEXT NOT NULL
) STRICT;
