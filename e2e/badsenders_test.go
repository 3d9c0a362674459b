package e2e

import (
	"strings"
	"time"
)

// keys are requests without a key that counts.
func (v *victims) keys() []bad {
	const nobody = "401 unauthorized"
	body := `{"id":"keyed"}`
	return []bad{
		{name: "no key", sent: v.post(body, "Authorization:"), want: nobody},
		{name: "no key at the feed", sent: v.get("/v1/decisions", "Authorization:"), want: nobody},
		{name: "no key for what is not there", sent: v.get("/v1/comments/nobody", "Authorization:"), want: nobody},
		{name: "password instead of a key", sent: v.post(body, "Authorization: Basic YmxvZzpibG9n"), want: nobody},
		{name: "scheme alone", sent: v.post(body, "Authorization: Bearer"), want: nobody},
		{name: "key unknown", sent: v.post(body, "Authorization: Bearer wk_"+strings.Repeat("x", 40)), want: nobody},
		{name: "key cut short", sent: v.post(body, "Authorization: Bearer "+v.blog.Key[:len(v.blog.Key)-1]), want: nobody},
		{name: "key with more", sent: v.post(body, "Authorization: Bearer "+v.blog.Key+"x"), want: nobody},
		{name: "a very long key", sent: v.post(body, "Authorization: Bearer "+strings.Repeat("wk_", 5000)), want: nobody},
		{name: "two keys", sent: v.post(body, "+Authorization: Bearer "+v.blog.Key), want: nobody},
		{name: "secret as a key", sent: v.post(body, "Authorization: Bearer "+v.blog.Secret), want: nobody},
		{name: "Akismet key as a key", sent: v.post(body, "Authorization: Bearer "+v.blog.AkismetKey), want: nobody},
		{name: "key in the query", sent: v.request("POST", "/v1/comments?key="+v.blog.Key, body, "Authorization:"), want: nobody},
		{name: "key of a removed site", sent: v.post(body, "Authorization: Bearer "+v.gone.Key), want: nobody},
		{name: "key of a disabled site", sent: v.post(body, "Authorization: Bearer "+v.off.Key), want: "403 site-disabled"},
		{name: "feed of a disabled site", sent: v.get("/v1/decisions", "Authorization: Bearer "+v.off.Key), want: "403 site-disabled"},
		{name: "comment of another site", sent: v.get("/v1/comments/chunked", "Authorization: Bearer "+v.other.Key), want: "404 not-found"},
	}
}

// signatures are signed messages that do not count.
func (v *victims) signatures() []bad {
	const nobody = "401 unauthorized"
	body := `{"id":"signed"}`
	good := v.signed(v.blog, "m-1", v.now, body)
	value := func(name string) string {
		for _, h := range good {
			if v, ok := strings.CutPrefix(h, name+": "); ok {
				return v
			}
		}
		return ""
	}
	with := func(header string) string { return v.post(body, replaced(good, header)...) }
	as := func(name string) []string { return replaced(good, "Winnow-Site: "+name) }
	several := `{"id":"several"}`
	rotated := v.signed(v.blog, "m-several", v.now, several)
	right := ""
	for _, h := range rotated {
		if s, ok := strings.CutPrefix(h, "Webhook-Signature: "); ok {
			right = s
		}
	}
	wrong := "v1," + strings.Repeat("A", 43) + "="
	return []bad{
		{name: "signed by another site", sent: v.post(body, replaced(v.signed(v.other, "m-1", v.now, body), "Winnow-Site: "+v.blog.Name)...), want: nobody},
		{name: "signed for another site", sent: v.post(body, as("other")...), want: nobody},
		{name: "signed for a site that is not there", sent: v.post(body, as("nobody")...), want: nobody},
		{name: "signed by a removed site", sent: v.post(body, v.signed(v.gone, "m-1", v.now, body)...), want: nobody},
		{name: "signed by a disabled site", sent: v.post(body, v.signed(v.off, "m-1", v.now, body)...), want: "403 site-disabled"},
		{name: "signed over another body", sent: v.post(`{"id":"forged"}`, good...), want: nobody},
		{name: "signed with another id", sent: with("Webhook-Id: m-2"), want: nobody},
		{name: "signed long ago", sent: v.post(body, v.signed(v.blog, "m-1", v.now.Add(-10*time.Minute), body)...), want: nobody},
		{name: "signed in the future", sent: v.post(body, v.signed(v.blog, "m-1", v.now.Add(10*time.Minute), body)...), want: nobody},
		{name: "another time than was signed", sent: with("Webhook-Timestamp: " + value("Webhook-Timestamp")[:9] + "x"), want: nobody},
		{name: "time with a sign", sent: with("Webhook-Timestamp: +" + value("Webhook-Timestamp")), want: nobody},
		{name: "time beyond 64 bits", sent: with("Webhook-Timestamp: 99999999999999999999"), want: nobody},
		{name: "no id", sent: with("Webhook-Id:"), want: nobody},
		{name: "no time", sent: with("Webhook-Timestamp:"), want: nobody},
		{name: "no signature", sent: with("Webhook-Signature:"), want: nobody},
		{name: "no site", sent: with("Winnow-Site:"), want: nobody},
		{name: "two sites", sent: v.post(body, append(good, "+Winnow-Site: other")...), want: nobody},
		{name: "two signature headers", sent: v.post(body, append(good, "+Webhook-Signature: "+wrong)...), want: nobody},
		{name: "two ids", sent: v.post(body, append(good, "+Webhook-Id: m-2")...), want: nobody},
		{name: "an id of ours", sent: v.post(body, v.signed(v.blog, "wn_01JXXXXXXXXXXXXXXXXXXXXXXX", v.now, body)...), want: nobody},
		{name: "an id of 257 bytes", sent: v.post(body, v.signed(v.blog, strings.Repeat("m", 257), v.now, body)...), want: nobody},
		{name: "signature of another version", sent: with("Webhook-Signature: v1a," + strings.TrimPrefix(value("Webhook-Signature"), "v1,")), want: nobody},
		{name: "signature without a version", sent: with("Webhook-Signature: " + strings.TrimPrefix(value("Webhook-Signature"), "v1,")), want: nobody},
		{name: "signature that is no base64", sent: with("Webhook-Signature: v1,!!!!"), want: nobody},
		{name: "signature cut short", sent: with("Webhook-Signature: " + value("Webhook-Signature")[:20]), want: nobody},
		{name: "a thousand wrong signatures", sent: with("Webhook-Signature: " + strings.Repeat(wrong+" ", 500) + wrong), want: nobody},
		{name: "signature and a wrong key", sent: v.post(body, append(good[1:], "Authorization: Bearer wk_x")...), want: nobody},
		{name: "signature at the feed", sent: v.get("/v1/decisions", v.signed(v.blog, "m-1", v.now, "")...), want: nobody},
		{name: "signature at a comment", sent: v.get("/v1/comments/chunked", v.signed(v.blog, "m-1", v.now, "")...), want: nobody},
		{name: "signature at a removal", sent: v.request("DELETE", "/v1/comments/chunked", "", v.signed(v.blog, "m-1", v.now, "")...), want: nobody},
		{name: "signature at a label", sent: v.request("POST", "/v1/comments/chunked/label", `{"label":"spam"}`, v.signed(v.blog, "m-1", v.now, `{"label":"spam"}`)...), want: nobody},
		{name: "signed and too large", sent: v.post(strings.Repeat(" ", smallBody+1), good...), want: "413 too-large"},
		{name: "signed and not JSON", sent: v.post("{", v.signed(v.blog, "m-3", v.now, "{")...), want: "400 unreadable"},

		{name: "one right signature of several", sent: v.post(several, replaced(rotated, "Webhook-Signature: v1a,x "+wrong+" "+right)...), want: "202", keeps: []string{"several"}},
		{name: "signed, and again", sent: v.post(body, good...) + v.post(body, good...), want: "202; 202", keeps: []string{"signed"}},
		{name: "again with another body", sent: v.post(`{"id":"signed","content":"x"}`, good...), want: nobody},
		{name: "again, signed anew, with another body", sent: v.post(`{"id":"signed","content":"x"}`, v.signed(v.blog, "m-1", v.now, `{"id":"signed","content":"x"}`)...), want: "202"},
	}
}

// batches are batches that are wrong as a whole or in part.
func (v *victims) batches() []bad {
	line := func(id string) string { return `{"id":"` + id + `"}` + "\n" }
	long := `{"id":"long","x":"` + strings.Repeat("x", smallBody) + `"}` + "\n"
	return []bad{
		{name: "bad line in the middle", sent: v.batch(line("b-1") + "{\n" + line("b-2")), want: "200 [202 400 202]", keeps: []string{"b-1", "b-2"}},
		{name: "lines of every kind", sent: v.batch("{\"id\":1.5}\n[]\n\n \r\n" + long + line("b-3") + "\xff\n" + `{"id":"b-4"}`),
			want: "200 [422 400 413 202 400 202]", keeps: []string{"b-3", "b-4"}},
		{name: "an array instead of lines", sent: v.batch("[\n{\"id\":\"b\"},\n]"), want: "200 [400 400 400]"},
		{name: "lines that end in a carriage return alone", sent: v.batch("{\"id\":\"b\"}\r{\"id\":\"c\"}\r"), want: "200 [400]"},
		{name: "byte order mark before lines", sent: v.batch("\ufeff" + line("b") + line("b-5")), want: "200 [400 202]", keeps: []string{"b-5"}},
		{name: "no lines", sent: v.batch(""), want: "200 []"},
		{name: "blank lines", sent: v.batch("\n\r\n  \n"), want: "200 []"},
		{name: "too many lines", sent: v.batch(strings.Repeat("{}\n", 1001)), want: "413 too-large"},
		{name: "batch over its limit", sent: v.batch(strings.Repeat(" ", smallBatch+1)), want: "413 too-large"},
		{name: "batch over its limit by its length", sent: v.batch("", "Content-Length: 999999999"), want: "413 too-large"},
		{name: "batch with a wrong key", sent: v.batch(line("b"), "Authorization: Bearer wk_x"), want: "401 unauthorized"},
		{name: "batch signed over other lines", sent: v.batch(line("b"), v.signed(v.blog, "m-b", v.now, line("c"))...), want: "401 unauthorized"},
		{name: "batch by a disabled site", sent: v.batch(line("b"), "Authorization: Bearer "+v.off.Key), want: "403 site-disabled"},
		{name: "the same comment in two lines", sent: v.batch(line("b-6") + line("b-6")), want: "200 [202 202]", keeps: []string{"b-6"}},
	}
}

// slow are peers that take their time or leave.
func (v *victims) slow() []bad {
	half := v.post(`{"id":"slow"`, "Content-Length: 100")
	chunk := strings.Replace(v.post("", "Content-Length:", "Transfer-Encoding: chunked"), "\r\n\r\n", "\r\n\r\n5\r\n{\"id\"\r\n", 1)
	return []bad{
		{name: "a connection and nothing more", sent: "", want: "closed"},
		{name: "a header that stops", sent: "POST /v1/comments HTTP/1.1\r\nHost: x\r\n", want: "closed"},
		{name: "a header that never ends", sent: "GET / HTTP/1.1\r\nA: ", then: func(w *wire) { w.drip("x") }, want: "closed"},
		{name: "a body that stops", sent: half, want: "408 too-slow"},
		{name: "a body that never ends", sent: v.post("", "Content-Length: 10000"), then: func(w *wire) { w.drip(" ") }, want: "408 too-slow"},
		{name: "chunks that stop", sent: chunk, want: "408 too-slow"},
		{name: "chunks that never end", sent: chunk, then: func(w *wire) { w.drip("1\r\n \r\n") }, want: "408 too-slow"},
		{name: "a batch that stops", sent: v.batch(`{"id":"slow"}`, "Content-Length: 100"), want: "408 too-slow"},
		{name: "a body that is half closed", sent: half, then: (*wire).half, want: "400 unreadable"},
		{name: "chunks that are half closed", sent: chunk, then: (*wire).half, want: "400 unreadable"},
		{name: "a header that is half closed", sent: "POST /v1/comments HTTP/1.1\r\nHost", then: (*wire).half, want: "400 bad-request"},
		{name: "a body that is reset", sent: half, then: (*wire).reset, want: "closed", unseen: "unreadable"},
		{name: "a header that is reset", sent: "POST /v1", then: (*wire).reset, want: "closed"},
		{name: "idle after an answer", sent: v.get("/healthz"), want: "200; closed"},
	}
}
