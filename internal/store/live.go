package store

import "database/sql"

// LiveReceipt is what an edge said of an item. The store knows nothing of what is
// in Receipt.
type LiveReceipt struct {
	Number  int64 // of the item
	Edge    string
	At      int64 // when the edge said so, µs UTC
	Receipt []byte
}

// PutLiveReceipt stores a receipt in the place of an earlier one of the same edge
// and item. One that is earlier than what is there changes nothing.
func (tx *Tx) PutLiveReceipt(r LiveReceipt) error {
	_, err := tx.exec(`INSERT INTO live_receipt (number, edge, at, receipt) VALUES ($1, $2, $3, $4)
		ON CONFLICT (number, edge) DO UPDATE SET at = excluded.at, receipt = excluded.receipt WHERE excluded.at >= live_receipt.at`,
		r.Number, r.Edge, r.At, r.Receipt)
	return err
}

// LiveReceipts returns the receipts of an item, one of each edge.
func (tx *Tx) LiveReceipts(number int64) ([]LiveReceipt, error) {
	rows, err := tx.query(`SELECT number, edge, at, receipt FROM live_receipt WHERE number = $1 ORDER BY edge`, number)
	return collect(rows, err, func(rows *sql.Rows, r *LiveReceipt) error {
		return rows.Scan(&r.Number, &r.Edge, &r.At, &r.Receipt)
	})
}
