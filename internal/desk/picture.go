package desk

import (
	"context"
	"slices"

	"github.com/wireroom/wireroom/internal/format/picture"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// pictureName binds an envelope to the picture of a release that it holds.
func pictureName(p store.PictureRow) string { return "picture/" + string(p.Release) + "/" + p.Digest }

func (d *Desk) pictureURL(p store.PictureRow) string {
	return d.pictures + p.Name + picture.Extensions[p.Type]
}

// hung are pictures that were put into the store for a release, and are noted in
// the transaction that changes it.
type hung []store.PictureRow

func (h hung) note(tx *store.Tx) error {
	for _, p := range h {
		if err := tx.AddPicture(p); err != nil {
			return err
		}
	}
	return nil
}

// takeDown deletes pictures that were noted nowhere.
func (d *Desk) takeDown(h hung) {
	for _, p := range h {
		if err := d.media.Delete(p.Name); err != nil {
			d.log.Warn("a picture without a release stays behind", "media", p.Name, "error", err)
		}
	}
}

// hang puts the pictures that came along with a release into the wire's store,
// sealed, and their addresses into its editions, which it copies. A picture that
// the release has had before keeps its address: to hand a document in once more
// changes no picture.
func (d *Desk) hang(ctx context.Context, id wire.ReleaseID, r *wire.Release) (h hung, err error) {
	came := func(e wire.Edition) bool {
		return slices.ContainsFunc(e.Pictures, func(p wire.Picture) bool { return len(p.Data) > 0 })
	}
	if !slices.ContainsFunc(r.Editions, came) {
		return nil, nil
	}
	var known []store.PictureRow
	if err := d.store.Read(ctx, func(tx *store.Tx) error {
		known, err = tx.PicturesOf(id)
		return err
	}); err != nil {
		return nil, err
	}
	r.Editions = slices.Clone(r.Editions)
	for i := range r.Editions {
		e := &r.Editions[i]
		e.Pictures = slices.Clone(e.Pictures)
		for j := range e.Pictures {
			p := &e.Pictures[j]
			if len(p.Data) == 0 {
				continue
			}
			row, err := d.keepPicture(id, p, slices.Concat(known, h))
			if err != nil {
				d.takeDown(h)
				return nil, err
			}
			if !slices.Contains(known, row) && !slices.Contains(h, row) {
				h = append(h, row)
			}
			p.URL, p.Data = d.pictureURL(row), nil
		}
	}
	return h, nil
}

// keepPicture stores a picture unless the release has it, and completes what is
// said of it by what it is.
func (d *Desk) keepPicture(id wire.ReleaseID, p *wire.Picture, known []store.PictureRow) (store.PictureRow, error) {
	row := store.PictureRow{Release: id, Digest: d.keys.Digest("picture", string(p.Data))}
	if d.pictures == "" {
		return row, wire.Errorf(wire.Invalid, "pictures", "no pictures are taken in here")
	}
	var err error
	if row.Type, p.Width, p.Height, err = picture.Look(p.Data); err != nil {
		return row, err
	}
	p.Type = row.Type
	for _, have := range known {
		if have.Digest == row.Digest {
			return have, nil
		}
	}
	sealed, err := d.keys.Seal(pictureName(row), p.Data)
	if err != nil {
		return row, err
	}
	row.Name, err = d.media.Put(sealed)
	return row, err
}

// Picture returns a picture of the wire's store, by its name, and its media type.
// It is NotFound until its release is on the wire, when the release was withdrawn,
// and when it has been taken out of the release since.
func (d *Desk) Picture(ctx context.Context, name string) (content []byte, mediaType string, err error) {
	none := wire.Errorf(wire.NotFound, name, "there is no such picture")
	if !wire.ValidToken(name) {
		return nil, "", none
	}
	var row store.PictureRow
	var newest map[string]wire.Item
	err = d.store.Read(ctx, func(tx *store.Tx) error {
		if row, err = tx.Picture(name); err == nil {
			newest, err = tx.NewestOf(row.Release)
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	for _, it := range newest {
		shows := func(p wire.Picture) bool { return p.URL == d.pictureURL(row) }
		if it.Action.Withdraws() || !slices.ContainsFunc(it.Pictures, shows) {
			continue
		}
		sealed, err := d.media.Get(row.Name)
		if err != nil {
			return nil, "", err
		}
		content, err := d.keys.Open(pictureName(row), sealed)
		return content, row.Type, err
	}
	return nil, "", none
}
