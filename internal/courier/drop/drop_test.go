package drop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/courier/drop/droptest"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

// servers are the four kinds, each with what it stands for.
var servers = []struct {
	name string
	open func(t *testing.T) *droptest.Outlet
}{
	{"sftp", func(t *testing.T) *droptest.Outlet { return droptest.OpenSSH(t) }},
	{"ftp", func(t *testing.T) *droptest.Outlet { return droptest.ProFTPD(t, "ftp") }},
	{"ftps", func(t *testing.T) *droptest.Outlet { return droptest.ProFTPD(t, "ftps") }},
	{"s3", droptest.S3Gateway},
}

// everywhere runs a test against each kind of server.
func everywhere(t *testing.T, test func(t *testing.T, o *droptest.Outlet)) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			test(t, s.open(t))
		})
	}
}

// channelNow is the clock of the tests: servers check that requests are dated now.
func channelNow() time.Time { return time.Now().UTC() }

func channel(t *testing.T, o *droptest.Outlet) *Drops {
	d := New(Options{Site: format.Site{BaseURL: "https://wire.example", Name: "Wire"}, AllowPrivate: true, Roots: o.Roots, Now: channelNow})
	t.Cleanup(d.Close)
	return d
}

func prepare(t *testing.T, d *Drops, it *wire.Item) *shipment {
	t.Helper()
	s, err := d.Prepare(t.Context(), courier.Consignment{Item: it, Headline: it.Headline})
	if err != nil {
		t.Fatal(err)
	}
	return s.(*shipment)
}

func accepted(t *testing.T, r courier.Result) {
	t.Helper()
	if r.Outcome != wire.Accepted {
		t.Fatalf("%+v", r)
	}
}

func TestFilesArriveWholeAndNamedInEveryScript(t *testing.T) {
	everywhere(t, func(t *testing.T, o *droptest.Outlet) {
		d := channel(t, o)
		var want []string
		for i, language := range []string{"ar", "ja", "en"} {
			it := channeltest.Item(wire.Publish, language)
			it.Number = int64(i + 1)
			s := prepare(t, d, it)
			accepted(t, s.Deliver(t.Context(), o.Subscription("ninjs,text"), 1))
			base := strings.Join([]string{string(rune('1' + i)), string(it.Release), language, "v1"}, "-")
			for ext, kind := range map[string]string{"json": "ninjs", "txt": "text"} {
				want = append(want, base+"."+ext)
				got, err := os.ReadFile(filepath.Join(o.Dir, base+"."+ext))
				if err != nil || !bytes.Equal(got, rendered(t, s, kind)) {
					t.Errorf("%s: %v\n%s", base+"."+ext, err, got)
				}
			}
		}
		slices.Sort(want)
		if got := o.Files(t); !slices.Equal(got, want) {
			t.Errorf("files %q, want %q", got, want)
		}
	})
}

func TestARetriedDeliveryReplacesAndDoesNotDouble(t *testing.T) {
	everywhere(t, func(t *testing.T, o *droptest.Outlet) {
		it := channeltest.Item(wire.Publish, "ja")
		for attempt := range 3 {
			d := channel(t, o) // as after a restart
			accepted(t, prepare(t, d, it).Deliver(t.Context(), o.Subscription("text,ninjs"), attempt+1))
		}
		if got := o.Files(t); len(got) != 2 {
			t.Errorf("files %q", got)
		}
	})
}

func TestAKillIsAFileOfItsOwnBesideTheStory(t *testing.T) {
	o := droptest.ProFTPD(t, "ftp")
	d := channel(t, o)
	story := channeltest.Item(wire.Publish, "ar")
	accepted(t, prepare(t, d, story).Deliver(t.Context(), o.Subscription(""), 1))
	release := &wire.Release{ID: story.Release, Facets: story.Facets}
	kill := wire.NewItem(release, &wire.Edition{Language: "ar"}, wire.Kill, story, story.ClearTime.Add(time.Minute), wire.Amendment{Reason: "False."})
	kill.Number = 9
	accepted(t, prepare(t, d, &kill).Deliver(t.Context(), o.Subscription(""), 1))
	base := string(story.Release) + "-ar-v"
	want := []string{"2-" + base + "1.json", "9-" + base + "2-kill.json"}
	if got := o.Files(t); !slices.Equal(got, want) {
		t.Fatalf("files %q, want %q", got, want)
	}
	var document struct{ PubStatus string }
	data, err := os.ReadFile(filepath.Join(o.Dir, want[1]))
	if err != nil || json.Unmarshal(data, &document) != nil || document.PubStatus != "canceled" {
		t.Errorf("%v\n%s", err, data)
	}
}

func rendered(t *testing.T, s *shipment, format string) []byte {
	t.Helper()
	data, err := s.render(format)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// large makes a shipment of a text that takes a while to bring up.
func large(t *testing.T, d *Drops, size int) *shipment {
	s := prepare(t, d, channeltest.Item(wire.Publish, "ja"))
	line := []byte("工場 مصنع plant 0123456789\n")
	data := bytes.Repeat(line, size/len(line)+1)[:size]
	for i := 0; i+8 < size; i += 997 { // no part is like another
		copy(data[i:], []byte{byte('a' + i%26), byte('a' + i/26%26), byte('a' + i/676%26)})
	}
	s.render = func(string) ([]byte, error) { return data, nil }
	return s
}

const largeSize = 3 << 20

func TestAConnectionCutInMidUploadLeavesOneWholeFileInTheEnd(t *testing.T) {
	everywhere(t, func(t *testing.T, o *droptest.Outlet) {
		d := channel(t, o)
		net := between(d)
		s := large(t, d, largeSize)
		for attempt, after := range []int{largeSize / 3, largeSize / 2, 5000} {
			net.cutAfter(after)
			if r := s.Deliver(t.Context(), o.Subscription("text"), attempt+1); r.Outcome != wire.Deferred || r.Code != "connection lost" {
				t.Errorf("cut after %d: %+v", after, r)
			}
			for _, name := range o.Files(t) {
				if !strings.HasPrefix(name, ".") {
					t.Errorf("a broken upload has its own name: %s", name)
				}
			}
		}
		net.cutAfter(0)
		accepted(t, s.Deliver(t.Context(), o.Subscription("text"), 4))
		names := o.Files(t)
		if len(names) != 1 || strings.HasPrefix(names[0], ".") {
			t.Fatalf("files %q", names)
		}
		if got, err := os.ReadFile(filepath.Join(o.Dir, names[0])); err != nil || !bytes.Equal(got, rendered(t, s, "text")) {
			t.Errorf("%v, %d bytes, not as sent", err, len(got))
		}
	})
}

func TestABrokenUploadIsGoneOnWith(t *testing.T) {
	for _, scheme := range servers[:3] {
		t.Run(scheme.name, func(t *testing.T) {
			o := scheme.open(t)
			d := channel(t, o)
			s := large(t, d, largeSize)
			_, _, files, err := s.lading(o.Subscription("text"))
			if err != nil {
				t.Fatal(err)
			}
			stands := filepath.Join(o.Dir, files[0].part)
			droptest.Write(t, stands, 0o644, files[0].data[:largeSize-100_000])
			net := between(d)
			net.cutAfter(300_000) // enough for what is missing only
			accepted(t, s.Deliver(t.Context(), o.Subscription("text"), 2))

			// What is not the beginning of the file is not built on.
			other := bytes.Clone(files[0].data[:largeSize-100_000])
			other[70_000] ^= 1
			droptest.Write(t, stands, 0o644, other)
			net.cutAfter(0)
			accepted(t, s.Deliver(t.Context(), o.Subscription("text"), 3))
			if got, err := os.ReadFile(filepath.Join(o.Dir, files[0].name)); err != nil || !bytes.Equal(got, rendered(t, s, "text")) {
				t.Errorf("%v, %d bytes, not as sent", err, len(got))
			}
		})
	}
}

func TestAWatcherNeverSeesHalfAFileNorTheFirstWithoutTheOthers(t *testing.T) {
	everywhere(t, func(t *testing.T, o *droptest.Outlet) {
		d := channel(t, o)
		s := large(t, d, largeSize)
		_, _, files, err := s.lading(o.Subscription("text,ninjs"))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		watched := make(chan error)
		go func() { // looks as often as it can
			var err error
			for ctx.Err() == nil && err == nil {
				if got, missing := os.ReadFile(filepath.Join(o.Dir, files[0].name)); missing == nil {
					other, _ := os.ReadFile(filepath.Join(o.Dir, files[1].name))
					if !bytes.Equal(got, files[0].data) || !bytes.Equal(other, files[1].data) {
						err = fmt.Errorf("a watcher read %d bytes of %d, and %d of %d beside them", len(got), len(files[0].data), len(other), len(files[1].data))
					}
				}
			}
			watched <- err
		}()
		for attempt := range 3 {
			accepted(t, s.Deliver(t.Context(), o.Subscription("text,ninjs"), attempt+1))
		}
		cancel()
		if err := <-watched; err != nil {
			t.Error(err)
		}
	})
}

// protocol is a session that writes down what is done.
type protocol struct{ lines []string }

func (p *protocol) watch(context.Context) func() error { return func() error { return nil } }
func (p *protocol) close()                             {}
func (p *protocol) stage(_ context.Context, f *file) error {
	p.lines = append(p.lines, "stage "+f.name)
	return nil
}
func (p *protocol) publish(_ context.Context, f *file) error {
	p.lines = append(p.lines, "publish "+f.name)
	return nil
}

func TestAllFilesAreUpBeforeTheFirstNamedIsPublishedLast(t *testing.T) {
	p := &protocol{}
	if err := put(t.Context(), p, []*file{{name: "a"}, {name: "b"}}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"stage a", "stage b", "publish b", "publish a"}; !slices.Equal(p.lines, want) {
		t.Errorf("%q, want %q", p.lines, want)
	}
}

func TestARefusalHasAClearCodeWithoutTheSecret(t *testing.T) {
	everywhere(t, func(t *testing.T, o *droptest.Outlet) {
		d := channel(t, o)
		s := prepare(t, d, channeltest.Item(wire.Publish, "en"))
		wrong := o.Subscription("")
		wrong.Secret = o.Wrong
		missing := o.Below("missing").Subscription("")
		if strings.HasPrefix(o.Address, "s3:") { // prefixes need not exist, buckets must
			missing.Address = strings.Replace(missing.Address, "bucket", "another", 1)
		}
		for _, c := range []struct {
			sub  wire.Subscription
			want string
		}{{wrong, noLogin}, {missing, noFolder}} {
			r := s.Deliver(t.Context(), c.sub, 1)
			if r.Outcome != wire.Deferred || !strings.HasSuffix(r.Code, c.want) || strings.Contains(r.Code, c.sub.Secret) {
				t.Errorf("%+v, want %q", r, c.want)
			}
		}
		accepted(t, s.Deliver(t.Context(), o.Subscription(""), 2))
	})
}

func TestAServerThatNeverAnswersTimesOut(t *testing.T) {
	for _, scheme := range servers[:3] {
		t.Run(scheme.name, func(t *testing.T) {
			o := scheme.open(t)
			d := channel(t, o)
			d.stall = 300 * time.Millisecond
			net := between(d)
			net.deafen(true)
			s := prepare(t, d, channeltest.Item(wire.Publish, "en"))
			if r := s.Deliver(t.Context(), o.Subscription(""), 1); r.Outcome != wire.Deferred || r.Code != "timed out" {
				t.Errorf("%+v", r)
			}
			net.deafen(false)
			d.stall = stallTime
			accepted(t, s.Deliver(t.Context(), o.Subscription(""), 2))
		})
	}
}

func TestServersThatDoLessAreWrittenToAllTheSame(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *droptest.Outlet{
		"no rename in place of a file, no flush": func(t *testing.T) *droptest.Outlet { return droptest.OpenSSH(t, "-P posix-rename,fsync") },
		"nothing is written over":                func(t *testing.T) *droptest.Outlet { return droptest.ProFTPD(t, "ftp", "AllowOverwrite off") },
		"uploads cannot be gone on with":         func(t *testing.T) *droptest.Outlet { return droptest.ProFTPD(t, "ftp", "AllowStoreRestart off") },
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			d := channel(t, o)
			s := large(t, d, largeSize)
			net := between(d)
			for attempt := range 2 {
				net.cutAfter(largeSize / 2)
				if r := s.Deliver(t.Context(), o.Subscription("text"), 2*attempt+1); r.Outcome != wire.Deferred {
					t.Errorf("%+v", r)
				}
				net.cutAfter(0)
				accepted(t, s.Deliver(t.Context(), o.Subscription("text"), 2*attempt+2))
			}
			names := o.Files(t)
			if len(names) != 1 {
				t.Fatalf("files %q", names)
			}
			if got, err := os.ReadFile(filepath.Join(o.Dir, names[0])); err != nil || !bytes.Equal(got, rendered(t, s, "text")) {
				t.Errorf("%v, %d bytes, not as sent", err, len(got))
			}
		})
	}
}

func TestAFolderThatMustNotBeWrittenToSaysSo(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *droptest.Outlet{
		"sftp": func(t *testing.T) *droptest.Outlet { return droptest.OpenSSH(t, "-R") },
		"ftp": func(t *testing.T) *droptest.Outlet {
			return droptest.ProFTPD(t, "ftp", "<Limit WRITE>", "DenyAll", "</Limit>")
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			r := prepare(t, channel(t, o), channeltest.Item(wire.Publish, "en")).Deliver(t.Context(), o.Subscription(""), 1)
			if r.Outcome != wire.Deferred || !strings.HasSuffix(r.Code, noPermission) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// What is to be the file lies on a file system that takes nothing: /dev/full says
// that it is full, a file of /proc only fails, on a file system without room.
func TestAFullDiskIsCalledOne(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("such files are Linux's")
	}
	for name, c := range map[string]struct {
		open      func(t *testing.T) *droptest.Outlet
		lies, say string
	}{
		"SFTP, without room": {func(t *testing.T) *droptest.Outlet { return droptest.OpenSSH(t) }, "/proc/self/comm", noSpace},
		"SFTP, with room":    {func(t *testing.T) *droptest.Outlet { return droptest.OpenSSH(t) }, "/dev/full", notDone},
		"FTP":                {func(t *testing.T) *droptest.Outlet { return droptest.ProFTPD(t, "ftp") }, "/dev/full", "452 " + noSpace},
	} {
		t.Run(name, func(t *testing.T) {
			o := c.open(t)
			s := prepare(t, channel(t, o), channeltest.Item(wire.Publish, "en"))
			_, _, files, err := s.lading(o.Subscription(""))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(c.lies, filepath.Join(o.Dir, files[0].part)); err != nil {
				t.Fatal(err)
			}
			if r := s.Deliver(t.Context(), o.Subscription(""), 1); r != (courier.Result{Outcome: wire.Deferred, Code: c.say}) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// One folder of each kind of server gets everything that can be had, from one
// delivery; what a format cannot carry is refused in words, for good, and the
// other folders have theirs.
func TestAFolderGetsAnyFormat(t *testing.T) {
	o := servers[0].open(t)
	d := channel(t, o)
	s := prepare(t, d, channeltest.Item(wire.Publish, "ar"))
	var names []string
	for _, f := range offer.All() {
		if f.Carries("ar", format.Site{}) {
			names = append(names, f.Name)
		}
	}
	accepted(t, s.Deliver(t.Context(), o.Subscription(strings.Join(names, ",")), 1))
	if got := o.Files(t); len(got) != len(names) {
		t.Errorf("%d formats made the files %q", len(names), got)
	}
	r := s.Deliver(t.Context(), o.Subscription("iptc7901"), 1)
	if r.Outcome != wire.Unfit || !strings.Contains(r.Code, "cannot carry ar") {
		t.Errorf("%+v", r)
	}
}
