package models

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	fastjson "github.com/go-json-experiment/json"
)

func TestWireJSONWritesADecisionAsPromised(t *testing.T) {
	d := &Decision{
		ID: "wn_x", CommentID: "c-1042", Site: "blog", Revision: 1, Sequence: 1, Action: Hold, Source: FromPolicy,
		Actor: System, Score: 0.83, PolicyVersion: "sha256:p", ModelVersion: "m",
		DecidedAt: time.Date(2026, 3, 1, 11, 0, 0, 120e6, time.FixedZone("", 3600)), Meta: json.RawMessage(`{}`),
		Reasons: []Reason{{Rule: "link-limit", Action: Hold, Code: "link-limit.too-many",
			Params: map[string]any{"max": 2, "found": 5}, Detail: "5 links, at most 2 are allowed"},
			{Rule: "classifier", Action: Hold, Code: "classifier.unsure", Detail: "unsure",
				Evidence: []Evidence{{Token: "host:a.example", Weight: 3.1}}}},
	}
	const want = `{"id":"wn_x","comment_id":"c-1042","site":"blog","revision":1,"sequence":1,"action":"hold","source":"policy",` +
		`"actor":{"kind":"system"},"score":0.83,"reasons":[{"rule":"link-limit","action":"hold","code":"link-limit.too-many",` +
		`"params":{"found":5,"max":2},"detail":"5 links, at most 2 are allowed"},{"rule":"classifier","action":"hold",` +
		`"code":"classifier.unsure","detail":"unsure","evidence":[{"token":"host:a.example","weight":3.1}]}],` +
		`"policy_version":"sha256:p","model_version":"m","decided_at":"2026-03-01T10:00:00.120Z","meta":{}}`
	got, err := fastjson.Marshal(d, WireJSON())
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestWireJSONHandsMetaBackAsItCame(t *testing.T) {
	for _, meta := range []string{`{}`, `[]`, `""`, `0`, `false`, `[1.0,1e2]`, `"a\u0041"`} {
		got, err := fastjson.Marshal(&Decision{Meta: json.RawMessage(meta)}, WireJSON())
		if err != nil {
			t.Fatal(err)
		}
		var back struct{ Meta json.RawMessage }
		if err := json.Unmarshal(got, &back); err != nil || (string(back.Meta) != meta && meta != `"a\u0041"`) {
			t.Errorf("meta %s came back as %s, %v", meta, back.Meta, err)
		}
	}
}

func TestWireJSONRepairsTextThatIsNotUTF8(t *testing.T) {
	got, err := fastjson.Marshal(&Decision{CommentID: "a\xffb"}, WireJSON())
	if err != nil || !strings.Contains(string(got), "a\ufffdb") {
		t.Errorf("got %s, %v", got, err)
	}
}

func BenchmarkWireJSON(b *testing.B) {
	d := &Decision{
		ID: "wn_0123456789ABCDEFGHJKMNPQRS", CommentID: "c-1042", Site: "blog", Revision: 1, Sequence: 1, Action: Hold,
		Source: FromPolicy, Actor: System, Score: 0.83, DecidedAt: time.Now(),
		Reasons: []Reason{{Rule: "link-limit", Action: Hold, Code: "link-limit.too-many",
			Params: map[string]any{"max": 2, "found": 5}, Detail: "5 links, at most 2 are allowed"}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fastjson.Marshal(d, WireJSON()); err != nil {
			b.Fatal(err)
		}
	}
}
