package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/wiresend"
)

// ledgerRow is one figure of the ledger.
type ledgerRow struct {
	Engine  string  `json:"engine"` // sqlite, postgres, file
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	ToLimit float64 `json:"to_limit,omitempty"`

	of string // what there is a goal for
}

// Figures of the ledger that there is a goal for.
const ofPlan, ofReport, ofSize = "plan", "report", "size"

func (s *stand) ledger() error {
	limits := map[int]float64{}
	s.out.Ledger = append(s.out.Ledger, ledgerRow{Engine: "file", Name: "4 KB brought to disk, median of 51", Value: syncTime(s.dir), Unit: "ms"})
	for _, group := range []int{500, 100} {
		var r others.Result
		progress("ledger: a file, synced every %d records", group)
		if err := process.Run(s.ctx, &r, nil, "limit-log", "-path="+filepath.Join(s.dir, "log"), fmt.Sprintf("-records=%d", s.deliveries), fmt.Sprintf("-group=%d", group)); err != nil {
			return err
		}
		limits[group] = float64(r.Done) / r.Seconds
		s.out.Ledger = append(s.out.Ledger, ledgerRow{Engine: "file", Name: fmt.Sprintf("records synced in groups of %d", group), Value: limits[group], Unit: "a second"})
	}
	if err := s.oneLedger("sqlite", "sqlite:"+filepath.Join(s.dir, "ledger.db"), limits); err != nil {
		return err
	}
	address, drop, err := s.schema()
	if errors.Is(err, errNoPostgres) {
		progress("ledger: no PostgreSQL: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	defer drop()
	return s.oneLedger("postgres", address, limits)
}

var errNoPostgres = errors.New("WIREROOM_TEST_POSTGRES names no server (scripts/with-postgres starts one)")

// schema makes a fresh one on the server that the environment names.
func (s *stand) schema() (address string, drop func(), err error) {
	return s.namedSchema("CREATE SCHEMA", "bench_"+wire.NewToken(), true)
}

// keptSchema is one that is there already, or made, and stays.
func (s *stand) keptSchema(name string) (address string, drop func(), err error) {
	return s.namedSchema("CREATE SCHEMA IF NOT EXISTS", name, false)
}

func (s *stand) namedSchema(create, name string, passing bool) (address string, drop func(), err error) {
	if s.postgres == "" {
		return "", nil, errNoPostgres
	}
	u, err := url.Parse(s.postgres)
	if err != nil {
		return "", nil, err
	}
	db, err := sql.Open("pgx", s.postgres)
	if err != nil {
		return "", nil, err
	}
	if _, err := db.ExecContext(s.ctx, create+" "+name); err != nil {
		return "", nil, errors.Join(err, db.Close())
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String(), func() {
		defer db.Close()
		if !passing {
			return
		}
		if _, err := db.ExecContext(context.WithoutCancel(s.ctx), "DROP SCHEMA "+name+" CASCADE"); err != nil {
			progress("the schema %s is still there: %v", name, err)
		}
	}, nil
}

// oneLedger measures one engine.
func (s *stand) oneLedger(engine, address string, limits map[int]float64) error {
	progress("ledger: %s, %d deliveries behind %d releases", engine, s.deliveries, s.past)
	var r wiresend.LedgerResult
	err := s.sender.Run(s.ctx, &r, nil, s.profiled("ledger-"+engine, []string{"run-ledger", "-database=" + address,
		fmt.Sprintf("-deliveries=%d", s.deliveries), fmt.Sprintf("-past=%d", s.past), fmt.Sprintf("-past-batches=%d", s.pastBatches)})...)
	if err != nil {
		return err
	}
	if r.Accepted+r.Failed != s.deliveries {
		s.wrong(engine, "the report says %d accepted and %d failed of %d", r.Accepted, r.Failed, s.deliveries)
	}
	row := func(name string, value float64, unit string, limit float64) *ledgerRow {
		s.out.Ledger = append(s.out.Ledger, ledgerRow{Engine: engine, Name: name, Value: value, Unit: unit, ToLimit: ratio(value, limit)})
		return &s.out.Ledger[len(s.out.Ledger)-1]
	}
	row(map[bool]string{true: "processors busy with something else", false: "processors busy beside, its server among them"}[engine == "sqlite"], max(0, r.Others), "", 0)
	row(fmt.Sprintf("deliveries planned in one transaction, median of %d", r.Plans), r.Create*1e3, "ms", 0).of = ofPlan
	for _, g := range r.Groups {
		row(fmt.Sprintf("receipts on disk in groups of %d", g.Size), g.Rate, "a second", limits[g.Size])
	}
	row(fmt.Sprintf("report behind %d releases, median of 21", r.Past), r.Report*1e3, "ms", 0).of = ofReport
	row("the first of them", r.ReportCold*1e3, "ms", 0)
	row("of a delivery, sealed, indexes and 1 % failed included", r.Bytes, "bytes", 0).of = ofSize
	return nil
}
