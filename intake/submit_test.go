package intake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/winnowd/winnow/intake"
	"github.com/winnowd/winnow/models"
)

func TestCommentArrivesAsItWasSent(t *testing.T) {
	const body = `{"id": "c-1042", "type": "reply", "content": "t\u00e9xt \ud83d\ude00", "content_type": "text/markdown",
		"submitted_at": "2026-03-01T10:00:00.1239Z", "edited_at": "2026-03-01t12:00:00+02:00", "parent_id": "c-1001",
		"language": "en", "referrer": "https://r.example/", "ignored": {"id": "x", "n": [1, {}]},
		"post": {"id": "p-9", "url": "https://blog.example/p/9", "title": "T", "published_at": "2026-06-30T23:59:60Z"},
		"author": {"id": "u-3", "name": "Ann", "email": "not an address", "url": "::", "ip": "300.1.1.1", "user_agent": "UA",
			"role": "admin", "logged_in": true, "Name": "another case is another member"},
		"form": {"honeypot": "h", "elapsed_ms": -9223372036854775808}, "meta": { "b" : [1.0, 1e2, "\u0041"], "a" : null }}`
	elapsed := int64(-1 << 63)
	want := models.Comment{
		ID: "c-1042", Type: "reply", Content: "téxt 😀", ContentType: models.Markdown,
		SubmittedAt: time.Date(2026, 3, 1, 10, 0, 0, 123e6, time.UTC), EditedAt: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
		ParentID: "c-1001", Language: "en", Referrer: "https://r.example/",
		Post: models.Post{ID: "p-9", URL: "https://blog.example/p/9", Title: "T", PublishedAt: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)},
		Author: models.Author{ID: "u-3", Name: "Ann", Email: "not an address", URL: "::", IP: "300.1.1.1", UserAgent: "UA",
			Role: "admin", LoggedIn: true},
		Form: models.Form{Honeypot: "h", ElapsedMS: &elapsed}, Meta: json.RawMessage(`{"b":[1.0,1e2,"\u0041"],"a":null}`),
	}
	d := serve(t)
	a := d.post(body)
	if a.status != http.StatusAccepted || a.body != `{"id":"c-1042","site":"blog","revision":1,"status":"queued"}` ||
		a.header.Get("Location") != "/v1/comments/c-1042" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %v %s", a.status, a.header, a.body)
	}
	rev := <-d.accepted
	if !reflect.DeepEqual(rev.Comment, want) {
		t.Errorf("got  %+v\nwant %+v", rev.Comment, want)
	}
	if rev.Site != "blog" || rev.SiteID != 1 || rev.Protocol != "native" || string(rev.Keys.Person) != "blognot an address" ||
		!rev.ReceivedAt.Equal(time.Date(2026, 3, 1, 10, 0, 0, 5e6, time.UTC)) || rev.ReceivedAt.Location() != time.UTC {
		t.Errorf("revision %+v", rev)
	}
}

func TestAbsentAndNullAreTheSame(t *testing.T) {
	d := serve(t)
	for _, body := range []string{`{}`, ` {"id":null,"type":null,"content":null,"content_type":null,"submitted_at":null,
		"edited_at":null,"parent_id":null,"language":null,"referrer":null,"post":null,"author":null,"form":null,"meta":null} `,
		`{"post":{"id":null,"url":null,"title":null,"published_at":null},"author":{"name":null,"logged_in":null},"form":{"elapsed_ms":null}}`} {
		c := d.submit(body).Comment
		id, err := uuid.Parse(c.ID)
		if err != nil || id.Version() != 7 {
			t.Errorf("%s: id %q is no UUIDv7: %v", body, c.ID, err)
		}
		c.ID = ""
		if want := (models.Comment{Type: "comment", ContentType: models.PlainText}); !reflect.DeepEqual(c, want) {
			t.Errorf("%s: got %+v", body, c)
		}
	}
}

func TestIDsGoThroughPathsUnharmed(t *testing.T) {
	d := serve(t)
	for id, path := range map[string]string{
		"c-1": "c-1", "a/b": "a%2Fb", "a b": "a%20b", "a+b": "a+b", "50%": "50%25", "a%2Fb": "a%252Fb", ".": "%2E", "..": "%2E%2E",
		"../decisions": "..%2Fdecisions", "a?b#c": "a%3Fb%23c", "é😀": "%C3%A9%F0%9F%98%80", `"\`: "%22%5C", "batch": "batch",
		"wn_x": "wn_x", "a;b": "a%3Bb", " ": "%20", "\u00a0\u200b": "%C2%A0%E2%80%8B", strings.Repeat("x", 200): strings.Repeat("x", 200),
	} {
		body, err := json.Marshal(map[string]string{"id": id})
		if err != nil {
			t.Fatal(err)
		}
		a := d.post(string(body))
		if a.status != http.StatusAccepted || a.header.Get("Location") != "/v1/comments/"+path {
			t.Errorf("%q: got %d %s, Location %q, want %q", id, a.status, a.body, a.header.Get("Location"), path)
			continue
		}
		if rev := <-d.accepted; rev.Comment.ID != id {
			t.Errorf("%q arrived as %q", id, rev.Comment.ID)
		}
		var got struct{ ID string }
		a = d.get(a.header.Get("Location"))
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != http.StatusOK || got.ID != id {
			t.Errorf("%q: reading it: %d %s", id, a.status, a.body)
		}
	}
	for _, path := range []string{"%61", "%C3%A9x", "%00", "%FF", "a%0Ab", strings.Repeat("x", 201)} {
		checkProblem(t, d.get("/v1/comments/"+path), 404, "not-found")
	}
	if d.submit(`{"id":"a"}`); d.get("/v1/comments/%61").status != http.StatusOK {
		t.Error("an escape that is not needed is not understood")
	}
}

func TestIntegerIsTakenAsItsDigits(t *testing.T) {
	d := serve(t)
	for _, id := range []string{"0", "1042", "123456789012345678901234567890"} {
		if rev := d.submit(`{"id":` + id + `}`); rev.Comment.ID != id {
			t.Errorf("%s arrived as %q", id, rev.Comment.ID)
		}
	}
	if a := d.post(`{"id":"1042"}`); !strings.Contains(a.body, `"revision":1`) {
		t.Errorf("1042 and \"1042\" are not the same: %s", a.body)
	}
}

func TestLargestAllowedIsTaken(t *testing.T) {
	d := serve(t)
	content, meta := strings.Repeat("é", 32<<10), strings.Repeat("x", 8<<10-2)
	escaped := strings.Repeat(`\u00e9`, 32<<10)
	rev := d.submit(`{"content":"` + escaped + `","meta": "` + meta + `"}`)
	if rev.Comment.Content != content || string(rev.Comment.Meta) != `"`+meta+`"` {
		t.Error("the largest content or meta did not arrive")
	}
	d.submit(`{"meta":[` + strings.Repeat(" ", 20<<10) + `]}`)
	d.submit(`{}` + strings.Repeat(" ", 256<<10-2))
}

func TestBodyWithoutLengthIsTaken(t *testing.T) {
	d := serve(t)
	send := func(body string) answer {
		r, err := http.NewRequest("POST", d.url+"/v1/comments", struct{ *strings.Reader }{strings.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = -1
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+key)
		res, err := d.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var a answer
		a.status, a.header = res.StatusCode, res.Header
		return a
	}
	if a := send(`{"id":"a"}`); a.status != http.StatusAccepted {
		t.Errorf("got %d", a.status)
	}
	if a := send(strings.Repeat(" ", 257<<10)); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", a.status)
	}
}

func TestRepeatedBodyIsAnsweredAsItStands(t *testing.T) {
	d := serve(t)
	rev := d.submit(`{"id":"a","content":"x"}`)
	if a := d.post(`{"id":"a","content":"x"}`); a.status != 202 || a.body != `{"id":"a","site":"blog","revision":1,"status":"queued"}` {
		t.Errorf("queued: got %d %s", a.status, a.body)
	}
	d.Decide(rev, models.Hold)
	if a := d.post(`{"id":"a","content":"x"}`); a.status != 202 || a.body != `{"id":"a","site":"blog","revision":1,"status":"decided"}` {
		t.Errorf("decided: got %d %s", a.status, a.body)
	}
	if a := d.post(`{"id":"a","content":"x"}`, "Prefer: wait=0"); a.status != 200 || !strings.Contains(a.body, `"action":"hold"`) {
		t.Errorf("decided, with wait: got %d %s", a.status, a.body)
	}
	if a := d.post(`{"id":"a","content":"y"}`); a.status != 202 || !strings.Contains(a.body, `"revision":2,"status":"queued"`) {
		t.Errorf("revised: got %d %s", a.status, a.body)
	}
}

const decisionOfA = `{"id":"wn_00000000000000000000000002","comment_id":"a","site":"blog","revision":1,"sequence":1,"action":"approve",` +
	`"source":"policy","actor":{"kind":"system"},"score":0.25,"reasons":[{"rule":"r","action":"approve","code":"r.c",` +
	`"params":{"a":2,"b":1},"detail":"d"}],"policy_version":"","model_version":"","decided_at":"2026-03-01T10:00:00.120Z","meta":{}}`

func TestWaiterGetsTheDecisionWhenItIsMade(t *testing.T) {
	d := serve(t)
	answers := make(chan answer, 1)
	go func() { answers <- d.post(`{"id":"a","meta":{}}`, "Prefer: respond-async, wait=30") }()
	d.Decide(<-d.accepted, models.Approve)
	a := <-answers
	if a.status != http.StatusOK || a.body != decisionOfA || a.header.Get("Preference-Applied") != "wait=30" || a.header.Get("Location") != "" {
		t.Errorf("got %d %v\n%s", a.status, a.header, a.body)
	}
}

func TestWaiterGetsADecisionMadeWhileAccepting(t *testing.T) {
	d := serve(t)
	d.atOnce = true
	if a := d.post(`{"id":"a","meta":{}}`, "Prefer: wait=99999999999999999999"); a.status != http.StatusOK || a.body != decisionOfA ||
		a.header.Get("Preference-Applied") != "wait=30" {
		t.Errorf("got %d %v\n%s", a.status, a.header, a.body)
	}
}

func TestWaiterIsNotGivenADecisionAboutAnOlderRevision(t *testing.T) {
	d := serve(t)
	older := d.submit(`{"id":"a","content":"1"}`)
	answers := make(chan answer, 1)
	go func() { answers <- d.post(`{"id":"a","content":"2"}`, "Prefer: wait=30") }()
	newer := <-d.accepted
	d.Decide(older, models.Reject)
	d.Decide(newer, models.Approve)
	if a := <-answers; a.status != 200 || !strings.Contains(a.body, `"revision":2,`) || !strings.Contains(a.body, `"action":"approve"`) {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestWaiterGetsTheNewerRevisionsDecision(t *testing.T) {
	d := serve(t)
	answers := make(chan answer, 1)
	go func() { answers <- d.post(`{"id":"a","content":"1"}`, "Prefer: wait=30") }()
	<-d.accepted
	d.Decide(d.submit(`{"id":"a","content":"2"}`), models.Hold)
	if a := <-answers; a.status != 200 || !strings.Contains(a.body, `"revision":2,`) {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestWaitThatIsOverIsAnswered202(t *testing.T) {
	d := serve(t)
	for _, wait := range []string{"0", "1"} {
		a := d.post(`{"id":"a`+wait+`"}`, "Prefer: wait="+wait)
		if a.status != 202 || !strings.Contains(a.body, `"queued"`) || a.header.Get("Preference-Applied") != "wait="+wait ||
			a.header.Get("Location") != "/v1/comments/a"+wait {
			t.Errorf("wait=%s: got %d %v %s", wait, a.status, a.header, a.body)
		}
	}
}

func TestMalformedPreferenceIsIgnored(t *testing.T) {
	d := serve(t)
	a := d.post(`{}`, "Prefer: wait=soon")
	if _, applied := a.header["Preference-Applied"]; a.status != 202 || applied {
		t.Errorf("got %d %v", a.status, a.header)
	}
}

func TestStoppingEndsWaits(t *testing.T) {
	stopping := make(chan struct{})
	d := serve(t, func(o *intake.Options) { o.Stopping = stopping })
	answers := make(chan answer, 2)
	go func() { answers <- d.post(`{"id":"a"}`, "Prefer: wait=30") }()
	<-d.accepted
	go func() { answers <- d.get("/v1/decisions?wait=60") }()
	<-d.polled
	close(stopping)
	for range 2 {
		if a := <-answers; a.status != 202 && a.body != fmt.Sprintf(`{"decisions":[],"cursor":%q,"more":false}`, models.Cursor{Epoch: epoch}) {
			t.Errorf("got %d %s", a.status, a.body)
		}
	}
	if a := d.post(`{"id":"b"}`, "Prefer: wait=30"); a.status != 202 {
		t.Errorf("while stopping: got %d %s", a.status, a.body)
	}
}

func TestClientThatLeavesEndsOnlyItsWait(t *testing.T) {
	d := serve(t)
	ctx, leave := context.WithCancel(context.Background())
	left := make(chan error, 1)
	go func() {
		_, err := d.try(ctx, "POST", "/v1/comments", `{"id":"a"}`, "Prefer: wait=30")
		left <- err
	}()
	rev := <-d.accepted
	leave()
	if err := <-left; err == nil {
		t.Fatal("the request was answered")
	}
	d.Decide(rev, models.Approve)
	if a := d.get("/v1/comments/a"); !strings.Contains(a.body, `"status":"decided"`) {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestCommentIsShownAsItStands(t *testing.T) {
	d := serve(t)
	rev := d.submit(`{"id":"a","meta":{}}`)
	const queued = `{"id":"a","site":"blog","revision":1,"status":"queued","received_at":"2026-03-01T10:00:00.005Z","decision":null,"history":[]}`
	if a := d.get("/v1/comments/a"); a.status != 200 || a.body != queued {
		t.Errorf("queued: got %d %s", a.status, a.body)
	}
	d.Decide(rev, models.Approve)
	decided := `{"id":"a","site":"blog","revision":1,"status":"decided","received_at":"2026-03-01T10:00:00.005Z","decision":` +
		decisionOfA + `,"history":[` + decisionOfA + `]}`
	a := d.get("/v1/comments/a")
	if a.status != 200 || a.body != decided {
		t.Errorf("decided: got %d %s", a.status, a.body)
	}
	head := d.do("HEAD", "/v1/comments/a", "")
	if head.status != 200 || head.body != "" || head.header.Get("Content-Length") != fmt.Sprint(len(decided)) {
		t.Errorf("HEAD: got %d %v %s", head.status, head.header, head.body)
	}
	checkProblem(t, d.get("/v1/comments/a", "Authorization: Bearer "+otherKey), 404, "not-found")
	checkProblem(t, d.get("/v1/comments/a", "Authorization: "), 401, "unauthorized")
	checkProblem(t, d.get("/v1/comments/nobody", "Authorization: "), 401, "unauthorized")
	checkProblem(t, d.get("/v1/comments/a", "Authorization: Bearer "+offKey), 403, "site-disabled")
	checkProblem(t, d.do("HEAD", "/v1/comments/b", ""), 404, "not-found")
}

func TestEscapedPathOfAnyIDLeadsBack(t *testing.T) {
	d := serve(t)
	id := "a/../b?c=d&e#f%20 ü"
	d.submit(`{"id":"` + id + `"}`)
	if a := d.get("/v1/comments/" + url.PathEscape(id)); a.status != 200 {
		t.Errorf("got %d %s", a.status, a.body)
	}
}
