package drop

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/courier/drop/droptest"
	"github.com/wireroom/wireroom/internal/wire"
)

// folders gives each subscription a folder of its own below the outlet's: what
// tells deliveries apart here is where files stand and what they are called.
type folders struct {
	*Drops
	outlet *droptest.Outlet
}

type foldersShipment struct {
	courier.Shipment
	outlet *droptest.Outlet
}

func (f folders) Prepare(ctx context.Context, c courier.Consignment) (courier.Shipment, error) {
	s, err := f.Drops.Prepare(ctx, c)
	return foldersShipment{s, f.outlet}, err
}

func (f foldersShipment) Deliver(ctx context.Context, sub wire.Subscription, attempt int) courier.Result {
	sub.Address = f.outlet.Below(strconv.Itoa(int(sub.ID))).To()
	return f.Shipment.Deliver(ctx, sub, attempt)
}

// received are the paths of the files that have their own names.
func received(t *testing.T, o *droptest.Outlet) (paths []string) {
	err := filepath.WalkDir(o.Dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, strings.TrimPrefix(path, o.Dir))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return paths
}

func TestFileDropsAreAChannel(t *testing.T) {
	everywhere(t, func(t *testing.T, o *droptest.Outlet) {
		channeltest.Run(t, func(t *testing.T) *channeltest.Fixture {
			work := o.Below(strings.NewReplacer("/", "_").Replace(t.Name()))
			for id := range 101 {
				droptest.Mkdir(t, filepath.Join(work.Dir, strconv.Itoa(id)))
			}
			house := work.Dir // what is there no more while the outlet cannot take anything
			if strings.HasPrefix(o.Address, "s3:") {
				house = filepath.Dir(o.Dir)
			}
			d := channel(t, o)
			net := between(d)
			behave := func(b channeltest.Behaviour) {
				net.cutAfter(map[bool]int{true: 1}[b == channeltest.Drops])
				net.deafen(b == channeltest.Hangs)
				from, to := house+".gone", house
				if b == channeltest.Delays {
					from, to = to, from
				}
				if _, err := os.Stat(from); err == nil {
					if err := os.Rename(from, to); err != nil {
						t.Fatal(err)
					}
				}
			}
			return &channeltest.Fixture{
				Many:    20,
				Channel: folders{d, work}, Subscription: work.Subscription("ninjs"),
				Can:    []channeltest.Behaviour{channeltest.Takes, channeltest.Delays, channeltest.Drops, channeltest.Hangs},
				Behave: behave, Received: func() []string { return received(t, work) },
				Secrets: []string{o.Secret, "xyzzy", "XYZZY", "plugh", "127.0.0.1"},
			}
		})
	})
}
