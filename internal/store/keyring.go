package store

// Keyring notes which key seals what lies sealed here, unless one is noted, and
// returns the fingerprint that is.
func (tx *Tx) Keyring(name, fingerprint string) (noted string, err error) {
	if _, err := tx.exec(`INSERT INTO keyring (name, fingerprint) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, fingerprint); err != nil {
		return "", err
	}
	err = tx.queryRow(`SELECT fingerprint FROM keyring WHERE name = $1`, name).Scan(&noted)
	return noted, err
}
