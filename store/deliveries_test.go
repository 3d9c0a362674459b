package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func (f *fixture) lane(site *models.Site) models.Lane {
	f.t.Helper()
	l, err := f.Lane(f.t.Context(), site.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	return l
}

func (f *fixture) set(site *models.Site, c models.SiteChange) {
	f.t.Helper()
	if err := f.SetSite(f.t.Context(), site.Name, c); err != nil {
		f.t.Fatal(err)
	}
}

// decided makes comments and has them decided.
func (f *fixture) decided(ids ...string) (ds []*models.Decision) {
	f.t.Helper()
	var js []models.Judgement
	for _, id := range ids {
		j := judgement(f.comment(id, id+" says something"), models.Hold)
		js, ds = append(js, j), append(ds, j.Decision)
	}
	f.decide(js...)
	return ds
}

func (f *fixture) record(p models.LaneProgress) {
	f.t.Helper()
	if err := f.RecordDeliveries(f.t.Context(), p); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) waitingAt(site *models.Site) []models.Delivery {
	f.t.Helper()
	list, err := f.WaitingDeliveries(f.t.Context(), site.ID, 0, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

func (f *fixture) listed(site string, state models.DeliveryState) (ids []string) {
	f.t.Helper()
	rows, err := f.ListDeliveries(f.t.Context(), site, state, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

func hook(text string) models.SiteChange { return models.SiteChange{Callback: &text} }

func TestLaneBeginsAtThePresent(t *testing.T) {
	f := open(t)
	if _, err := f.Lane(t.Context(), f.site.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a site that never had a callback: %v", err)
	}
	past := f.decided("c-1")[0]
	f.set(f.site, hook("https://blog.example/hook"))
	if l := f.lane(f.site); l.Cursor < past.Seq || !l.StoppedAt.IsZero() {
		t.Errorf("got %+v, the past ends at %d", l, past.Seq)
	}
	next := f.decided("c-2")[0]
	list, more, err := f.Outgoing(t.Context(), f.site.ID, f.lane(f.site).Cursor, 10)
	if err != nil || more || len(list) != 1 || list[0].Decision.ID != next.ID || list[0].Place < next.Seq {
		t.Errorf("got %v, %v, %v", list, more, err)
	}
	cursor := f.lane(f.site).Cursor
	f.set(f.site, hook("https://blog.example/other"))
	if l := f.lane(f.site); l.Cursor != cursor {
		t.Errorf("another callback moved the cursor from %d to %d", cursor, l.Cursor)
	}
	f.set(f.site, hook(""))
	f.set(f.site, hook("https://blog.example/hook"))
	if l := f.lane(f.site); l.Cursor < next.Seq {
		t.Errorf("what was decided while there was no callback is to be delivered: %+v", l)
	}
	if creds, err := f.AddSite(t.Context(), models.Site{Name: "third", Callback: "https://third.example/"}); err != nil || creds.Secret == "" {
		t.Fatal(creds, err)
	}
	sites, err := f.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l := f.lane(sites[2]); l.Cursor == 0 {
		t.Errorf("a site added with a callback: %+v", l)
	}
}

// TestALateNoteMovesNoCursorBack: a lane that is being cut off may still tell where it
// stood when the site's next one has begun further on.
func TestALateNoteMovesNoCursorBack(t *testing.T) {
	f := open(t)
	f.set(f.site, hook("https://blog.example/hook"))
	stood := f.lane(f.site).Cursor
	f.decided("c-1", "c-2")
	f.set(f.site, hook(""))
	f.set(f.site, hook("https://blog.example/hook"))
	begun := f.lane(f.site).Cursor
	f.record(models.LaneProgress{SiteID: f.site.ID, Cursor: stood})
	if l := f.lane(f.site); stood >= begun || l.Cursor != begun {
		t.Errorf("the cursor is at %d, it was at %d and then at %d", l.Cursor, stood, begun)
	}
}

func TestProgressIsStoredAndSurvivesACrash(t *testing.T) {
	f := open(t)
	f.set(f.site, hook("https://blog.example/hook"))
	ds := f.decided("c-1", "c-2", "c-3")
	due := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	tried := due.Add(-2 * time.Hour)
	failed := func(d *models.Decision, state models.DeliveryState, attempts int) models.Delivery {
		return models.Delivery{Seq: d.Seq, State: state, Attempts: attempts, DueAt: due, LastStatus: 503, LastError: "answered 503", LastAttemptAt: tried}
	}
	f.record(models.LaneProgress{SiteID: f.site.ID, Cursor: ds[2].Seq, Failed: []models.Delivery{
		failed(ds[0], models.DeliveryWaiting, 3), failed(ds[1], models.DeliveryDead, 14),
		{Seq: ds[2].Seq, State: models.DeliveryWaiting, DueAt: due}, // behind another, never tried
	}})
	f.crash()
	if l := f.lane(f.site); l.Cursor != ds[2].Seq {
		t.Errorf("cursor %d, want %d", l.Cursor, ds[2].Seq)
	}
	list := f.waitingAt(f.site)
	if len(list) != 2 {
		t.Fatalf("got %+v", list)
	}
	if v := list[0]; v.Seq != ds[0].Seq || v.Place < v.Seq || v.CommentID != "c-1" || v.Attempts != 3 || !v.DueAt.Equal(due) ||
		v.LastStatus != 503 || v.LastError != "answered 503" || !v.LastAttemptAt.Equal(tried) || !v.DecidedAt.Equal(ds[0].DecidedAt) {
		t.Errorf("got %+v", v)
	}
	if v := list[1]; v.Seq != ds[2].Seq || v.Attempts != 0 || v.LastStatus != 0 || !v.LastAttemptAt.IsZero() {
		t.Errorf("got %+v", v)
	}
	if n, err := f.DeadDeliveries(t.Context()); n != 1 || err != nil {
		t.Errorf("%d dead, %v", n, err)
	}
	if next, err := f.WaitingDeliveries(t.Context(), f.site.ID, list[0].Seq, 1); err != nil || len(next) != 1 || next[0].Seq != ds[2].Seq {
		t.Errorf("the next page: %v, %v", next, err)
	}
	if ids := f.listed("", ""); fmt.Sprint(ids) != fmt.Sprint([]string{ds[0].ID, ds[2].ID, ds[1].ID}) {
		t.Errorf("listed %v", ids)
	}
	if ids := f.listed("other", ""); len(ids) != 0 {
		t.Errorf("of another site: %v", ids)
	}
	f.record(models.LaneProgress{SiteID: f.site.ID, Cursor: 1, Done: []int64{ds[0].Seq, ds[2].Seq}})
	if l := f.lane(f.site); l.Cursor != ds[2].Seq {
		t.Errorf("the cursor went back to %d", l.Cursor)
	}
	if list := f.waitingAt(f.site); len(list) != 0 {
		t.Errorf("still waiting: %+v", list)
	}
}

func TestStoppedLaneStartsWhenEnabledOrElsewhere(t *testing.T) {
	yes, no := true, false
	for name, change := range map[string]struct {
		c      models.SiteChange
		starts bool
	}{
		"enabled": {models.SiteChange{Enabled: &yes}, true}, "disabled": {models.SiteChange{Enabled: &no}, false},
		"the same callback": {hook("https://blog.example/hook"), false}, "another callback": {hook("https://blog.example/new"), true},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t)
			f.set(f.site, hook("https://blog.example/hook"))
			f.record(models.LaneProgress{SiteID: f.site.ID, Stopped: "answered 410 Gone"})
			if l := f.lane(f.site); l.StoppedAt.IsZero() || l.StoppedReason != "answered 410 Gone" {
				t.Fatalf("not stopped: %+v", l)
			}
			if list, err := f.StoppedLanes(t.Context(), ""); err != nil || len(list) != 1 || list[0].Site != "blog" || list[0].Reason != "answered 410 Gone" {
				t.Errorf("listed: %v, %v", list, err)
			}
			f.set(f.site, change.c)
			if l := f.lane(f.site); l.StoppedAt.IsZero() != change.starts {
				t.Errorf("got %+v", l)
			}
		})
	}
}

func TestStoppedLaneOfASiteWithoutCallbackIsNotListed(t *testing.T) {
	f := open(t)
	f.set(f.site, hook("https://blog.example/hook"))
	f.record(models.LaneProgress{SiteID: f.site.ID, Stopped: "answered 410 Gone"})
	f.set(f.site, hook(""))
	if list, err := f.StoppedLanes(t.Context(), ""); err != nil || len(list) != 0 {
		t.Errorf("listed: %v, %v", list, err)
	}
}

func TestResendPutsBackOneOrAllDead(t *testing.T) {
	f := open(t)
	f.set(f.site, hook("https://blog.example/hook"))
	var dead []models.Delivery
	var ids []string
	for i := range 205 { // more than one step
		ids = append(ids, fmt.Sprint("c-", i))
	}
	ds := f.decided(ids...)
	for _, d := range ds {
		dead = append(dead, models.Delivery{Seq: d.Seq, State: models.DeliveryDead, Attempts: 14, LastAttemptAt: time.Now(), LastError: "no"})
	}
	f.record(models.LaneProgress{SiteID: f.site.ID, Cursor: ds[len(ds)-1].Seq, Failed: dead})
	if _, _, err := f.ResendDead(t.Context(), "nosuch"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("unknown site: %v", err)
	}
	if n, whose, err := f.ResendDead(t.Context(), "other"); n != 0 || len(whose) != 0 || err != nil {
		t.Errorf("a site without dead letters: %d, %v, %v", n, whose, err)
	}
	if n, whose, err := f.ResendDead(t.Context(), ""); n != 205 || len(whose) != 1 || whose[0] != f.site.ID || err != nil {
		t.Errorf("all: %d, %v, %v", n, whose, err)
	}
	if list := f.waitingAt(f.site); len(list) != 205 || list[0].Attempts != 0 || list[0].LastError != "no" {
		t.Errorf("%d wait: %+v", len(list), list[0])
	}

	elsewhere := judgement(f.at(f.other, "c-1", "text"), models.Hold)
	f.accept(elsewhere.Revision)
	f.decide(elsewhere)
	good := ds[0].ID
	for name, test := range map[string]struct {
		site, id string
		want     error
	}{
		"delivered or not":      {"", good, nil},
		"at its site":           {"blog", good, nil},
		"at another site":       {"other", good, models.ErrNotFound},
		"no id":                 {"", "wn_", models.ErrInvalid},
		"something else":        {"", "c-1", models.ErrInvalid},
		"lower case":            {"", strings.ToLower(good), nil},
		"upper case":            {"", strings.ToUpper(good), nil},
		"a letter it never has": {"", good[:28] + "u", models.ErrInvalid},
		"a letter nearly an S":  {"", good[:27] + "ſ", models.ErrInvalid},
		"of no decision":        {"", "wn_01M85DDCVZVDTYX7000000ZZZZ", models.ErrNotFound},
		"of another database":   {"", "wn_00000000000000" + good[17:], models.ErrNotFound},
		"of a site not called":  {"", elsewhere.Decision.ID, models.ErrConflict},
		"twice with a bad word": {"", good + "' OR 1", models.ErrInvalid},
	} {
		siteID, err := f.ResendDecision(t.Context(), test.site, test.id)
		if !errors.Is(err, test.want) || (err == nil) != (siteID == f.site.ID) {
			t.Errorf("%s: site %d, %v; want %v", name, siteID, err, test.want)
		}
	}
}

// TestProgressOfWhatIsGoneLeavesNoRow: a purge may take decisions away while they are
// being delivered.
func TestWhatFailedAtASiteThatIsGoneIsListedAndCountedNoMore(t *testing.T) {
	f := open(t)
	f.set(f.site, hook("https://blog.example/hook"))
	ds := f.decided("dead", "waits")
	f.record(models.LaneProgress{SiteID: f.site.ID, Cursor: ds[1].Seq, Failed: []models.Delivery{
		{Seq: ds[0].Seq, State: models.DeliveryDead, Attempts: 14, LastAttemptAt: time.Now(), LastError: "no"},
		{Seq: ds[1].Seq, State: models.DeliveryWaiting, DueAt: time.Now().Add(time.Hour)},
	}})
	are := func(when string, dead, listed int) {
		t.Helper()
		if n, err := f.DeadDeliveries(t.Context()); n != dead || err != nil {
			t.Errorf("%s: %d dead, %v, want %d", when, n, err, dead)
		}
		if ids := f.listed("", ""); len(ids) != listed {
			t.Errorf("%s: listed are %v, want %d", when, ids, listed)
		}
	}
	are("at first", 1, 2)
	f.set(f.site, hook(""))
	are("without a callback", 0, 2)
	f.set(f.site, hook("https://blog.example/hook"))
	are("with one again", 1, 2)
	if _, err := f.RemoveSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	are("once it is removed", 0, 0)
}

func TestProgressOfWhatIsGoneLeavesNoRow(t *testing.T) {
	f := open(t)
	f.set(f.site, hook("https://blog.example/hook"))
	d := f.decided("c-1")[0]
	if _, err := f.RemoveSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	if err := f.PurgeSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	f.record(models.LaneProgress{SiteID: f.site.ID, Cursor: d.Seq, Failed: []models.Delivery{{Seq: d.Seq, State: models.DeliveryWaiting, DueAt: time.Now()}}, Done: []int64{d.Seq}})
	if n := f.number("SELECT count(*) FROM deliveries"); n != 0 {
		t.Errorf("%d rows", n)
	}
	if _, err := f.Decision(t.Context(), d.Seq); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the decision: %v", err)
	}
}

// TestDeliveriesAreReadByIndex: what grows is never read as a whole.
func TestDeliveriesAreReadByIndex(t *testing.T) {
	f := open(t)
	for _, query := range []string{
		`SELECT d.seq FROM decisions d WHERE d.site_id = 1 AND d.feed_seq > 1 ORDER BY d.feed_seq LIMIT 10`,
		`SELECT v.decision_seq FROM deliveries v INDEXED BY deliveries_site
			JOIN decisions d ON d.seq = v.decision_seq JOIN revisions r ON r.seq = d.revision_seq
			WHERE v.site_id = 1 AND v.state = 'waiting' AND v.decision_seq > 1 AND d.feed_seq IS NOT NULL ORDER BY v.decision_seq LIMIT 10`,
		`SELECT count(*) FROM sites CROSS JOIN deliveries v INDEXED BY deliveries_site ON v.site_id = sites.id AND v.state = 'dead'
			WHERE sites.removed_at IS NULL AND sites.callback <> ''`,
		`SELECT count(*) FROM (SELECT 1 FROM decisions INDEXED BY decisions_feed WHERE site_id = 1 AND feed_seq > 1 LIMIT 10)`,
	} {
		rows, err := f.readers.Query("EXPLAIN QUERY PLAN " + query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			switch {
			case len(detail) >= 10 && detail[:10] == "SCAN sites", len(detail) > 4 && detail[:4] != "SCAN", detail == "SCAN (subquery-1)":
			default:
				t.Errorf("%s\n%s", query, detail)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
	}
}

func TestTheNewestAttemptsAreKeptAsLongAsTheirDecision(t *testing.T) {
	f := open(t)
	f.set(f.site, hook("https://blog.example/hook"))
	ds := f.decided("c-1", "c-2")
	at := time.Now().UTC().Truncate(time.Millisecond)
	log := func(id string) []models.Attempt {
		t.Helper()
		p, err := f.Page(t.Context(), f.site.ID, id)
		if err != nil {
			t.Fatal(err)
		}
		return p.Deliveries[p.Decisions[0].Seq].Log
	}
	tried := func(d *models.Decision, n int) models.Attempted {
		// The clock goes back all the while: the order is that of the attempts.
		return models.Attempted{Seq: d.Seq, Attempt: models.Attempt{At: at.Add(-time.Duration(n) * time.Hour), Seconds: 0.25, Status: 500 + n, Error: "no"}}
	}
	progress := models.LaneProgress{SiteID: f.site.ID, Cursor: ds[1].Seq, Attempts: []models.Attempted{tried(ds[1], 0)}}
	for n := range models.KeptAttempts + 5 {
		progress.Attempts = append(progress.Attempts, tried(ds[0], n))
	}
	f.record(progress)
	f.record(models.LaneProgress{SiteID: f.site.ID, Done: []int64{ds[0].Seq}, Attempts: []models.Attempted{{Seq: ds[0].Seq, Attempt: models.Attempt{At: at, Status: 204}}}})
	f.crash()
	list := log("c-1")
	if len(list) != models.KeptAttempts {
		t.Fatalf("%d attempts are kept", len(list))
	}
	if a := list[0]; a.Status != 506 || a.Error != "no" || a.Seconds != 0.25 || !a.At.Equal(at.Add(-6*time.Hour)) {
		t.Errorf("the oldest: %+v", a)
	}
	if a := list[len(list)-1]; a.Status != 204 || a.Error != "" || !a.At.Equal(at) {
		t.Errorf("the newest: %+v", a)
	}
	if other := log("c-2"); len(other) != 1 {
		t.Errorf("of another decision: %+v", other)
	}
	if _, err := f.RemoveSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	if err := f.PurgeSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	f.record(progress)
	if n := f.number("SELECT count(*) FROM attempts"); n != 0 {
		t.Errorf("%d attempts are left of what was purged", n)
	}
}
