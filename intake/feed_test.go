package intake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"github.com/winnowd/winnow/models"
)

type feedPage struct {
	Decisions []struct {
		CommentID string `json:"comment_id"`
	}
	Cursor string
	More   bool
}

func (p feedPage) String() string {
	ids := ""
	for _, d := range p.Decisions {
		ids += d.CommentID + " "
	}
	return fmt.Sprint(ids, p.More)
}

func (d *door) feed(query string) feedPage {
	d.t.Helper()
	a := d.get("/v1/decisions?" + query)
	var p feedPage
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.status != 200 || p.Decisions == nil || p.Cursor == "" {
		d.t.Errorf("%s: got %d %s, %v", query, a.status, a.body, err)
	}
	return p
}

func (d *door) decided(ids ...string) {
	for _, id := range ids {
		d.Decide(d.submit(`{"id":"`+id+`"}`), models.Approve)
	}
}

func TestFeedIsReadInPagesWithoutGaps(t *testing.T) {
	d := serve(t)
	d.decided("a", "b", "c", "d", "e")
	var got []string
	query := "limit=2"
	for range 4 {
		p := d.feed(query)
		got = append(got, p.String())
		query = "limit=2&after=" + url.QueryEscape(p.Cursor)
	}
	if want := "[a b true c d true e false false]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
	first := d.feed("")
	if again := d.feed("after=" + first.Cursor); again.Cursor != first.Cursor || len(again.Decisions) != 0 {
		t.Errorf("an empty page moved the cursor from %s to %s", first.Cursor, again.Cursor)
	}
	if p := d.feed("after=&limit=&wait="); p.String() != "a b c d e false" {
		t.Errorf("empty parameters: got %s", p)
	}
	head := d.do("HEAD", "/v1/decisions", "")
	if head.status != 200 || head.body != "" || head.header.Get("Content-Length") == "0" {
		t.Errorf("HEAD: got %d %v", head.status, head.header)
	}
}

func TestFeedFromNowGivesOnlyWhatComes(t *testing.T) {
	d := serve(t)
	d.decided("a")
	p := d.feed("after=now")
	if len(p.Decisions) != 0 || p.Cursor != d.Position().String() {
		t.Errorf("got %s, %s", p, p.Cursor)
	}
	d.decided("b")
	if p := d.feed("after=" + p.Cursor); p.String() != "b false" {
		t.Errorf("got %s", p)
	}
}

func TestFeedIsOfOneSite(t *testing.T) {
	d := serve(t)
	d.decided("a")
	if a := d.get("/v1/decisions", "Authorization: Bearer "+otherKey); a.body != `{"decisions":[],"cursor":"7.0","more":false}` {
		t.Errorf("got %s", a.body)
	}
}

func TestLongPollIsAnsweredWhenADecisionComes(t *testing.T) {
	d := serve(t)
	for _, after := range []string{"", "after=now&"} {
		pages := make(chan feedPage, 1)
		go func() { pages <- d.feed(after + "wait=60") }()
		if after != "" {
			<-d.polled
		}
		d.decided("a" + after[:min(1, len(after))])
		if p := <-pages; p.String() != map[string]string{"": "a false", "after=now&": "aa false"}[after] {
			t.Errorf("%q: got %s", after, p)
		}
		for len(d.polled) > 0 {
			<-d.polled
		}
	}
}

func TestLongPollPassesOverSignalsWithoutNews(t *testing.T) {
	d := serve(t)
	pages := make(chan feedPage, 1)
	go func() { pages <- d.feed("wait=60") }()
	<-d.polled
	d.hub.Publish([]*models.Decision{{SiteID: 1, CommentID: "ghost"}})
	<-d.polled
	d.decided("a")
	if p := <-pages; p.String() != "a false" {
		t.Errorf("got %s", p)
	}
}

func TestLongPollEndsWithEmptyPage(t *testing.T) {
	d := serve(t)
	if p := d.feed("wait=1&after=7.5"); p.String() != "false" || p.Cursor != "7.5" {
		t.Errorf("got %s, %s", p, p.Cursor)
	}
}

func TestLongPollEndsWhenTheClientLeaves(t *testing.T) {
	d := serve(t)
	ctx, leave := context.WithCancel(context.Background())
	left := make(chan error, 1)
	go func() {
		_, err := d.try(ctx, "GET", "/v1/decisions?wait=60", "")
		left <- err
	}()
	<-d.polled
	leave()
	if err := <-left; err == nil {
		t.Error("the request was answered")
	}
}

func TestCursorOfAnotherEpochIsTranslated(t *testing.T) {
	d := serve(t)
	for after, want := range map[models.Cursor]models.Cursor{
		{Epoch: oldEpoch, Seq: 3}: {Epoch: epoch, Seq: 3},
		{Epoch: oldEpoch, Seq: 9}: {Epoch: epoch, Seq: 5},
		{Epoch: 99, Seq: 9}:       {Epoch: epoch},
	} {
		p := checkProblem(t, d.get("/v1/decisions?after="+after.String()), 409, "cursor-epoch")
		if p.Cursor != want.String() {
			t.Errorf("%s: got %q, want %s", after, p.Cursor, want)
		}
	}
}

func TestBadQueriesAreRefused(t *testing.T) {
	d := serve(t)
	for _, query := range []string{
		"after=x", "after=7", "after=7.", "after=7.-1", "after=07.1", "after=NOW", "after=7.1%20", "after=7.1&after=7.1",
		"limit=0", "limit=1001", "limit=-1", "limit=x", "limit=1.5", "limit=1&limit=2", "limit=99999999999999999999",
		"wait=-1", "wait=61", "wait=5s", "wait=%zz", "a;b", "%",
	} {
		checkProblem(t, d.get("/v1/decisions?"+query), 400, "bad-request")
		checkProblem(t, d.get("/v1/decisions?"+query, "Authorization: "), 401, "unauthorized")
	}
	d.feed("limit=1000&wait=0&unknown=1")
}
