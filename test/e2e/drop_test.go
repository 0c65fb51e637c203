package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier/drop/droptest"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// folder is a folder of an outlet, with what its operator asked for and the
// names that this must make.
type folder struct {
	*droptest.Outlet
	query        string
	languages    []string
	formats      []string // with the ending of each behind a space
	names        string   // the template; "" for that of the wire
	name         func(it wire.Item, ending string) string
	subscription wire.SubscriptionID
}

// drops is a wire that brings files to real servers.
type drops struct {
	t          *testing.T
	w          *rig.Wire
	data       string
	ssh, ftp   *folder
	s3         *folder
	everywhere []*folder
}

// withdrawn is what a name of a hold or kill has more.
func withdrawn(it wire.Item) string {
	if it.Action.Withdraws() {
		return "-" + string(it.Action)
	}
	return ""
}

func openDrops(t *testing.T) *drops {
	t.Helper()
	d := &drops{t: t, data: t.TempDir()}
	d.ssh = &folder{
		Outlet: droptest.OpenSSH(t), query: "lang:en OR lang:ar", languages: []string{"en", "ar"}, formats: []string{"text txt", "ninjs json"},
		name: func(it wire.Item, ending string) string {
			return fmt.Sprintf("%d-%s-%s-v%d%s.%s", it.Number, it.Release, it.Language, it.Version, withdrawn(it), ending)
		},
	}
	d.ftp = &folder{
		Outlet: droptest.ProFTPD(t, "ftps"), query: "*", languages: []string{"en", "ar", "ja"}, formats: []string{"nitf nitf"},
		names: "{date}-{time}_{slug}_{number}.{ext}",
		name: func(it wire.Item, ending string) string {
			slug := "story"
			if it.Language == "en" && !it.Action.Withdraws() {
				slug = "halden-marine-opens-dry-dock-one"
			}
			return fmt.Sprintf("%s_%s_%d%s.%s", it.ClearTime.UTC().Format("20060102-150405"), slug, it.Number, withdrawn(it), ending)
		},
	}
	d.s3 = &folder{
		Outlet: droptest.S3Gateway(t), query: "lang:ja", languages: []string{"ja"}, formats: []string{"newsml-g2 xml"},
		names: "{language}-{number}-{action}.{ext}",
		name: func(it wire.Item, ending string) string {
			return fmt.Sprintf("%s-%d-%s.%s", it.Language, it.Number, it.Action, ending)
		},
	}
	d.everywhere = []*folder{d.ssh, d.ftp, d.s3}
	authorities := t.TempDir()
	for i, f := range d.everywhere {
		if f.Authority != nil {
			droptest.Write(t, filepath.Join(authorities, fmt.Sprintf("%d.pem", i)), 0o600, f.Authority)
		}
	}
	d.w = rig.Start(t, rig.Options{Data: d.data, Env: []string{"SSL_CERT_DIR=" + authorities}})
	return d
}

// command runs a command on the wire.
func (d *drops) command(args ...string) string {
	d.t.Helper()
	return rig.Command(d.t, append(args, "--data", d.data)...)
}

// secret is a file with a secret.
func (d *drops) secret(text string) string {
	d.t.Helper()
	return droptest.Write(d.t, filepath.Join(d.t.TempDir(), "secret"), 0o600, []byte(text+"\n"))
}

// subscribe has a folder get files, opened by a secret.
func (d *drops) subscribe(f *folder, outlet, secret string) {
	d.t.Helper()
	var formats, parameters []string
	for _, format := range f.formats {
		name, _, _ := strings.Cut(format, " ")
		formats = append(formats, name)
	}
	if f.names != "" {
		parameters = []string{"name=" + f.names}
	}
	out := d.command("subscription", "add", f.query, "--new-outlet", outlet, "--folder", f.To(parameters...),
		"--secret-file", d.secret(secret), "--format", strings.Join(formats, ","), "--json")
	var added struct{ Subscription wire.SubscriptionID }
	if err := json.Unmarshal([]byte(out), &added); err != nil || added.Subscription == 0 {
		d.t.Fatalf("%v: %s", err, out)
	}
	f.subscription = added.Subscription
}

// settled waits until nothing is left to deliver. Who misses the retry after 5 s
// has to wait for the one after 5 min.
func (d *drops) settled(id wire.ReleaseID) {
	d.t.Helper()
	var r rig.Report
	rig.Wait(d.t, 7*time.Minute, "files of "+string(id), func() (err error) {
		if r, err = d.w.Report(d.t.Context(), id); err == nil && !r.Settled() {
			err = fmt.Errorf("it is under way: %s", r)
		}
		return err
	})
	if matched, accepted := r.By(wire.ByDrop); matched == 0 || matched != accepted {
		d.t.Errorf("%d of %d were accepted: %s", accepted, matched, r)
	}
}

// check compares the folders, name by name, with what is on the wire; and the
// files of these items, byte by byte, with the documents that readers of the
// wire get.
func (d *drops) check(items []wire.Item) {
	t := d.t
	t.Helper()
	all, err := d.w.Items(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range d.everywhere {
		var want []string
		for _, it := range all {
			for _, format := range f.formats {
				if _, ending, _ := strings.Cut(format, " "); slices.Contains(f.languages, it.Language) {
					want = append(want, f.name(it, ending))
				}
			}
		}
		slices.Sort(want)
		if got := f.Files(t); !slices.Equal(got, want) {
			t.Errorf("%s:\n%q, want\n%q", f.Address, got, want)
		}
		for _, it := range items {
			for _, format := range f.formats {
				if slices.Contains(f.languages, it.Language) {
					d.checkFile(f, it, format)
				}
			}
		}
	}
}

func (d *drops) checkFile(f *folder, it wire.Item, format string) {
	d.t.Helper()
	format, ending, _ := strings.Cut(format, " ")
	stored, err := os.ReadFile(filepath.Join(f.Dir, f.name(it, ending)))
	if err != nil {
		d.t.Error(err)
		return
	}
	status, document, err := d.w.Get(d.t.Context(), fmt.Sprintf("/v1/items/%d?format=%s", it.Number, format))
	if err != nil || status != http.StatusOK {
		d.t.Fatalf("item %d as %s: %d %v", it.Number, format, status, err)
	}
	if string(stored) != document {
		d.t.Errorf("%s:\n%s\nis not what the wire has as item %d:\n%s", f.name(it, ending), stored, it.Number, document)
	}
	if !it.Action.Withdraws() && !strings.Contains(string(stored), it.Headline) {
		d.t.Errorf("%s has no headline: %s", f.name(it, ending), stored)
	}
}

// after returns the items on the wire after a number.
func (d *drops) after(number int64) []wire.Item {
	d.t.Helper()
	items, err := d.w.Items(d.t.Context(), number)
	if err != nil || len(items) != 3 {
		d.t.Fatalf("%d items after %d: %v", len(items), number, err)
	}
	return items
}

// said waits until the list of what will be tried again has these words.
func (d *drops) said(id wire.ReleaseID, words ...string) {
	d.t.Helper()
	rig.Wait(d.t, 20*time.Second, "receipts", func() error {
		list := d.command("deliveries", "show", string(id), "--deferred")
		for _, w := range words {
			if !strings.Contains(list, w) {
				return fmt.Errorf("no %q in\n%s", w, list)
			}
		}
		return nil
	})
}

// Files of a release, of its correction, of a hold that is lifted and of its kill
// stand in the folders of three outlets whole, under their names, though one server
// was down at first and another refused the password.
func TestFilesComeToTheFoldersOfOutlets(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	d := openDrops(t)
	d.subscribe(d.ssh, "Halden Daily", d.ssh.Secret)
	d.subscribe(d.ftp, "Fjord Radio", d.ftp.Wrong)
	d.subscribe(d.s3, "Kitahama Shimbun", d.s3.Secret)
	d.ssh.Stop()
	texts := []rig.Text{rig.Write("en", "one"), rig.Write("ar", "one"), rig.Write("ja", "one")}
	r, err := d.w.Publish(t.Context(), rig.Submit(texts...), "")
	if err != nil {
		t.Fatal(err)
	}
	d.said(r.ID, "connection refused", "530 the log-in was refused")

	published := d.after(0)
	for _, it := range published { // what an upload left that was cut off
		if it.Language == "en" {
			droptest.Write(t, filepath.Join(d.ssh.Dir, "."+d.ssh.name(it, "txt")+"."+string(it.ID)+".part"), 0o644, []byte("Halden Mar"))
		}
	}
	d.ssh.Start(t)
	d.command("subscription", "change", fmt.Sprint(d.ftp.subscription), "--secret-file", d.secret(d.ftp.Secret))
	d.settled(r.ID)
	d.check(published)

	for i := range texts {
		texts[i].Body = append(texts[i].Body, texts[i].Body[0])
	}
	now, err := d.w.Release(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	corrected := rig.Submit(texts...)
	if now, err = d.w.Act(t.Context(), r.ID, wire.DoCorrect, now.Revision, "A paragraph was missing.", &corrected); err != nil {
		t.Fatal(err)
	}
	d.settled(r.ID)
	d.check(d.after(3))
	for i, act := range []struct {
		verb wire.Verb
		note string
	}{{wire.DoHold, "A figure is being checked."}, {wire.DoUnhold, "It was right."}, {wire.DoKill, "It was not true."}} {
		if now, err = d.w.Act(t.Context(), r.ID, act.verb, now.Revision, act.note, nil); err != nil {
			t.Fatal(err)
		}
		d.settled(r.ID)
		d.check(d.after(int64(6 + 3*i)))
	}

	served := 0
	said := d.command("deliveries", "show", string(r.ID))
	for line := range strings.Lines(said) { // matched, accepted, and five ways to miss
		if f := strings.Fields(line); len(f) > 8 && f[0] == "drop" && slices.Equal(f[1:8], []string{"2", "2", "0", "0", "0", "0", "0"}) {
			served++
		}
	}
	if served != 15 {
		t.Errorf("%d of 15 items came to two folders each:\n%s", served, said)
	}
}
