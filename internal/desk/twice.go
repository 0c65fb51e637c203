package desk

import (
	"cmp"
	"context"
	"slices"

	"github.com/wireroom/wireroom/internal/likeness"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Twin is an edition of another release that says much the same.
type Twin struct {
	Language string         // of the edition that was asked about
	Release  wire.ReleaseID // the other
	Number   int64          // wire number of its first version; 0: it is not on the wire yet
	Likeness float64        // share of three-word sequences in common, estimated
}

// Bounds of a look for twins.
const (
	maxPending    = 2_000 // releases on the desk are looked at, the latest first
	maxCandidates = 500   // editions on the wire that share a band
	maxTwins      = 20
)

// Twins tells the desk which other releases, on the wire or still on the desk,
// are much like this one, the most alike first: two providers bring the same
// release, or somebody hands it in again. It is a warning; nothing is refused
// for it. The release itself must not be shown to whoever may not see the others.
func (d *Desk) Twins(ctx context.Context, actor wire.Actor, id wire.ReleaseID) ([]Twin, error) {
	r, err := d.Release(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	var all []Twin
	err = d.store.Read(ctx, func(tx *store.Tx) error {
		all = nil
		pending, err := tx.Likenesses(maxPending)
		if err != nil {
			return err
		}
		for i := range r.Editions {
			p, ok := likeness.Of(&r.Editions[i])
			if !ok {
				continue
			}
			twins, err := d.twinsOf(tx, r, r.Editions[i].Language, &p, pending)
			if err != nil {
				return err
			}
			all = append(all, twins...)
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b Twin) int { return cmp.Compare(b.Likeness, a.Likeness) })
	return all[:min(len(all), maxTwins)], err
}

func (d *Desk) twinsOf(tx *store.Tx, r *wire.Release, language string, p *likeness.Print, pending []store.Likeness) ([]Twin, error) {
	var all []Twin
	add := func(print []byte, twin Twin) {
		if q, ok := likeness.Parse(print); ok && twin.Release != r.ID {
			if twin.Likeness = p.Like(&q); twin.Likeness >= likeness.Near {
				all = append(all, twin)
			}
		}
	}
	for _, other := range pending {
		if other.Release == r.ID {
			continue
		}
		print, err := d.keys.Open(printName(other.Release, other.Language), other.Print)
		if err != nil {
			return nil, err
		}
		add(print, Twin{Language: language, Release: other.Release})
	}
	var bands []store.SearchExpr
	for _, b := range p.Bands() {
		bands = append(bands, store.SearchExpr{Op: store.SearchLabel, Terms: []string{b}})
	}
	found, err := tx.SearchPrints(store.SearchExpr{Op: store.SearchOr, Of: bands}, maxCandidates)
	for _, other := range found {
		add(other.Print, Twin{Language: language, Release: other.Release, Number: other.Number})
	}
	return all, err
}

// printName binds a print to its edition.
func printName(id wire.ReleaseID, language string) string {
	return "likeness/" + string(id) + "/" + language
}

// keepPrints keeps the prints of a release while it is on the desk, sealed, for
// a print tells of the words; what is on the wire has its prints in the archive.
func keepPrints(tx *store.Tx, keys *seal.Keyring, r *wire.Release) error {
	var prints []store.Likeness
	for i := range r.Editions {
		e := &r.Editions[i]
		p, ok := likeness.Of(e)
		if !ok {
			continue
		}
		sealed, err := keys.Seal(printName(r.ID, e.Language), p.Bytes())
		if err != nil {
			return err
		}
		prints = append(prints, store.Likeness{Language: e.Language, Print: sealed})
	}
	return tx.PutLikenesses(r.ID, prints)
}
