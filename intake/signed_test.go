package intake_test

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

// sign gives the headers of a message signed with a site's secret, and no key.
func sign(t *testing.T, secret, site, id string, at time.Time, body string) []string {
	t.Helper()
	s, err := signature.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	signature.SetHeader(h, []signature.Secret{s}, id, at, []byte(body))
	list := []string{"Authorization: ", "Winnow-Site: " + site}
	for name, values := range h {
		list = append(list, name+": "+values[0])
	}
	return list
}

func TestSignedCommentsAreTaken(t *testing.T) {
	d := serve(t)
	for i, secret := range secrets[1][:2] {
		for _, at := range []time.Time{now, now.Add(-300 * time.Second), now.Add(300 * time.Second)} {
			body := `{"id":"a` + strconv.Itoa(i) + at.Format("1504") + `"}`
			if a := d.post(body, sign(t, secret, "blog", "m"+body, at, body)...); a.status != http.StatusAccepted {
				t.Errorf("secret %d, %s: got %d %s", i, at, a.status, a.body)
				continue
			}
			if rev := <-d.accepted; len(rev.Message) != 16 || rev.SiteID != 1 {
				t.Errorf("revision %+v", rev)
			}
		}
	}
	body := "{\"id\":\"x\"}\n\n{\"id\":\"y\"}"
	if got := results(t, d.batch(body, sign(t, secrets[1][0], "blog", "batch-1", now, body)...)); len(got) != 2 {
		t.Errorf("batch: %+v", got)
	}
	x, y := <-d.accepted, <-d.accepted
	if bytes.Equal(x.Message, y.Message) {
		t.Error("two lines of a batch count as one message")
	}
}

func TestAReplayMeansTheSameComment(t *testing.T) {
	d := serve(t)
	message := func(site int64, name, id, body string) *models.Revision {
		t.Helper()
		if a := d.post(body, sign(t, secrets[site][0], name, id, now, body)...); a.status != http.StatusAccepted {
			t.Fatalf("got %d %s", a.status, a.body)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		all := d.revisions
		for _, revs := range all {
			if rev := revs[len(revs)-1]; rev.Seq == d.seq {
				return rev
			}
		}
		return nil
	}
	first := message(1, "blog", "m-1", `{"content":"x"}`)
	id, err := uuid.Parse(first.Comment.ID)
	if err != nil || id.Version() != 8 || id.Variant() != uuid.RFC4122 {
		t.Errorf("id %q is no UUIDv8: %v", first.Comment.ID, err)
	}
	again := message(1, "blog", "m-1", `{"content":"x"}`)
	if again.Comment.ID != first.Comment.ID || !bytes.Equal(again.Message, first.Message) || again.Number != 1 {
		t.Errorf("replayed as %q revision %d, first %q", again.Comment.ID, again.Number, first.Comment.ID)
	}
	other := message(1, "blog", "m-2", `{"content":"x"}`)
	if other.Comment.ID == first.Comment.ID || bytes.Equal(other.Message, first.Message) {
		t.Error("another message made the same comment")
	}
}

func TestBadSignaturesAreRefused(t *testing.T) {
	const body = `{"id":"a"}`
	good := func() []string { return sign(t, secrets[1][0], "blog", "m", now, body) }
	without := func(name string) []string {
		return slices.DeleteFunc(good(), func(h string) bool { return strings.HasPrefix(h, name) })
	}
	tests := map[string]struct {
		headers []string
		detail  string
	}{
		"another body":      {sign(t, secrets[1][0], "blog", "m", now, body+" "), "fits no secret"},
		"another's secret":  {sign(t, secrets[3][0], "blog", "m", now, body), "fits no secret"},
		"unknown site":      {sign(t, secrets[1][0], "nobody", "m", now, body), "fits no secret"},
		"site without any":  {sign(t, secrets[1][0], "other", "m", now, body), "fits no secret"},
		"too old":           {sign(t, secrets[1][0], "blog", "m", now.Add(-301*time.Second), body), now.UTC().Format(time.RFC3339)},
		"too new":           {sign(t, secrets[1][0], "blog", "m", now.Add(301*time.Second), body), strconv.FormatInt(now.Unix(), 10)},
		"our own id":        {sign(t, secrets[1][0], "blog", "wn_01ABC", now, body), "wn_"},
		"no site":           {without("Winnow-Site"), "Winnow-Site"},
		"two sites":         {append(good(), "Winnow-Site: blog"), "Winnow-Site"},
		"no signature":      {without("Webhook-Signature"), "webhook-signature"},
		"no id":             {without("Webhook-Id"), "webhook-id"},
		"no timestamp":      {without("Webhook-Timestamp"), "webhook-timestamp"},
		"site alone":        {[]string{"Authorization: ", "Winnow-Site: blog"}, "webhook-id"},
		"bad key and good":  {append(without("Authorization"), "Authorization: Bearer wk_nobody"), "not one of a site"},
		"another algorithm": {append(without("Webhook-Signature"), "Webhook-Signature: v1a,AAAA"), "webhook-signature"},
	}
	d := serve(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, a := range []answer{d.post(body, tt.headers...), d.batch(body, tt.headers...)} {
				p := checkProblem(t, a, 401, "unauthorized")
				if !strings.Contains(p.Detail, tt.detail) {
					t.Errorf("detail %q, want %q in it", p.Detail, tt.detail)
				}
				if a.header.Get("WWW-Authenticate") == "" {
					t.Error("no WWW-Authenticate")
				}
			}
		})
	}
	checkProblem(t, d.post(body, sign(t, secrets[3][0], "off", "m", now, body)...), 403, "site-disabled")
	checkProblem(t, d.post(strings.Repeat(" ", 300<<10), good()...), 413, "too-large")
	if d.Position().Seq != 0 {
		t.Error("a refused message left something behind")
	}
}

func TestASignatureOpensNothingElse(t *testing.T) {
	d := serve(t)
	d.submit(`{"id":"a"}`)
	headers := sign(t, secrets[1][0], "blog", "m", now, "")
	checkProblem(t, d.get("/v1/comments/a", headers...), 401, "unauthorized")
	checkProblem(t, d.get("/v1/decisions", headers...), 401, "unauthorized")
	checkProblem(t, d.do(http.MethodDelete, "/v1/comments/a", "", headers...), 401, "unauthorized")
	const body = `{"label":"ham"}`
	checkProblem(t, d.do(http.MethodPost, "/v1/comments/a/label", body, sign(t, secrets[1][0], "blog", "m", now, body)...), 401, "unauthorized")
}

func TestGateIsAskedForSignedCommentsToo(t *testing.T) {
	d := serve(t)
	d.refusal = &models.Refusal{Kind: models.ErrOverShare, Reason: "site-share", RetryAfter: time.Second}
	checkProblem(t, d.post(`not JSON`, sign(t, secrets[1][0], "blog", "m", now, `not JSON`)...), 429, "over-limit")
	checkProblem(t, d.post(`not JSON`, sign(t, secrets[3][0], "blog", "m", now, `not JSON`)...), 401, "unauthorized")
}
