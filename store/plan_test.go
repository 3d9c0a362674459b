package store

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// growing are the tables that grow with what is stored. Sites, credentials, users and
// policies are few.
var growing = regexp.MustCompile(`^SCAN (revisions|decisions|labels|retractions|deliveries|actions|verdicts|r|d|l|t|v|c)( |$)`)

// fewRows are scans by an index that holds just the rows that are asked for.
var fewRows = regexp.MustCompile(`USING (COVERING )?INDEX revisions_dead`)

// Every statement that the store has run, in reading and writing whatever it can, looks
// rows of growing tables up by key.
func TestNoStatementScansATableThatGrows(t *testing.T) {
	w, watching := watched(t)
	f := open(t, watching)
	f.eventful()
	if _, err := f.Retry(t.Context(), "", ""); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for what, err := range map[string]error{
		"standing": second(f.Standing(ctx)), "waiting": second(f.ListWaiting(ctx, "blog", 10)), "queued": second(f.Queued(ctx, 0, 10)),
		"recent": func() error { _, _, err := f.Recent(ctx, 1<<40, 10); return err }(), "find": second(f.FindComments(ctx, models.PersonQuery{Email: []byte("a"), SiteID: 1})),
		"dead": second(f.DeadDeliveries(ctx)), "deliveries": second(f.WaitingDeliveries(ctx, 1, 0, 10)), "lists": second(f.ListDeliveries(ctx, "", "", 10)), "pages": second(f.PageDeliveries(ctx, models.DeliveryFilter{Sites: []int64{1}, State: models.DeliveryDead, After: "1.1", Limit: 10})),
		"mark": second(f.LabelMark(ctx, 1<<40)), "ahead": second(f.Ahead(ctx, 1, 0, 10)), "credentials": second(f.Credentials(ctx)),
		"browse": third(f.Browse(ctx, models.CommentFilter{Action: models.Approve, Post: "p", Rule: "r", Author: []byte{1}, Since: time.Now()}, 0, 10)),
		"look":   third(f.Browse(ctx, models.CommentFilter{Action: models.Approve, Language: "de", Address: []byte{1}, Order: models.Oldest}, 0, 10)),
		"texts":  third(f.Browse(ctx, models.CommentFilter{Action: models.Approve, Query: "text"}, 0, 10)),
	} {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if _, _, err := f.Outgoing(ctx, f.site.ID, 0, 10); err != nil {
		t.Fatal(err)
	}
	if err := f.RecordDeliveries(ctx, models.LaneProgress{SiteID: f.site.ID, Cursor: 1, Failed: []models.Delivery{{Seq: 5, State: models.DeliveryWaiting, DueAt: time.Now()}}}); err != nil {
		t.Fatal(err)
	}
	f.imported(f.other, f.exported(f.site))
	f.imported(f.other, elsewhere("new", "x", models.Ham))
	for _, err := range f.LabelLog(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
	}
	f.gather()
	if _, err := f.RemoveSite(ctx, "other"); err != nil {
		t.Fatal(err)
	}
	if err := f.PurgeSite(ctx, "other"); err != nil {
		t.Fatal(err)
	}
	db, err := openReaders("sqlite3", filepath.Join(f.opts.Dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	explained := 0
	for _, query := range w.noted() {
		verb, _, _ := strings.Cut(strings.TrimSpace(query), " ")
		switch strings.ToUpper(verb) {
		case "SELECT", "INSERT", "UPDATE", "DELETE":
		default:
			continue
		}
		if strings.Contains(query, "probe") || strings.Contains(query, "sqlite_schema") || strings.Contains(query, "temp.held_changed") {
			continue
		}
		rows, err := db.Query("EXPLAIN QUERY PLAN "+query, make([]any, parameters(query))...)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			if growing.MatchString(detail) && !fewRows.MatchString(detail) {
				t.Errorf("%s\n  %s", query, detail)
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		explained++
	}
	if explained < 60 {
		t.Errorf("only %d statements were seen", explained)
	}
}

func third[T, U any](_ T, _ U, err error) error { return err }

func second[T any](_ T, err error) error { return err }

var placeholder = regexp.MustCompile(`\?\d*`)

// parameters counts a statement's parameters.
func parameters(query string) (n int) {
	for _, p := range placeholder.FindAllString(query, -1) {
		if number, err := strconv.Atoi(p[1:]); err == nil {
			n = max(n, number)
		} else {
			n++
		}
	}
	return n
}

// noted are the statements that were prepared or run.
func (w *watch) noted() (queries []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for q := range w.texts {
		queries = append(queries, q)
	}
	return queries
}
