package store

import (
	"database/sql"

	"github.com/wireroom/wireroom/internal/wire"
)

// PictureRow notes a picture in the store of the media. It says nothing of what
// is on it: Digest tells it from others only to whoever has the keys.
type PictureRow struct {
	Name    string // in the store of the media
	Release wire.ReleaseID
	Digest  string
	Type    string // media type
}

const pictureColumns = `SELECT name, release, digest, type FROM picture `

func scanPicture(rows *sql.Rows, p *PictureRow) error {
	return rows.Scan(&p.Name, &p.Release, &p.Digest, &p.Type)
}

// AddPicture notes a picture of a release.
func (tx *Tx) AddPicture(p PictureRow) error {
	_, err := tx.exec(`INSERT INTO picture (name, release, digest, type) VALUES ($1, $2, $3, $4)`, p.Name, string(p.Release), p.Digest, p.Type)
	return err
}

// PicturesOf returns the pictures that were ever noted of a release.
func (tx *Tx) PicturesOf(release wire.ReleaseID) ([]PictureRow, error) {
	rows, err := tx.query(pictureColumns+`WHERE release = $1 ORDER BY name`, string(release))
	return collect(rows, err, scanPicture)
}

// Picture returns what is noted of a picture, by its name; NotFound if nothing
// is.
func (tx *Tx) Picture(name string) (PictureRow, error) {
	rows, err := tx.query(pictureColumns+`WHERE name = $1`, name)
	all, err := collect(rows, err, scanPicture)
	if err == nil && len(all) == 0 {
		err = wire.Errorf(wire.NotFound, name, "there is no such picture")
	}
	if err != nil {
		return PictureRow{}, err
	}
	return all[0], nil
}
