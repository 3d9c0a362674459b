package e2e

import (
	"fmt"
	"strings"
)

// framing are requests that are wrong as HTTP, and ones that only look so.
func (v *victims) framing() []bad {
	const ok = `{"id":"framed","author":{"name":"Ann","email":"a@b.example"},"content":"x"}`
	raw := func(fields, rest string) string {
		return "POST /v1/comments HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + v.blog.Key + "\r\nContent-Type: application/json\r\n" + fields + "\r\n" + rest
	}
	length := fmt.Sprint("Content-Length: ", len(ok), "\r\n")
	chunked := func(body string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body) }
	named := func(id string) string { return strings.Replace(ok, "framed", id, 1) }
	return []bad{
		{name: "no HTTP at all", sent: "hello\r\n\r\n", want: "400 bad-request"},
		{name: "TLS to a plain port", sent: "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", want: "400 bad-request"},
		{name: "request line of two words", sent: "POST /v1/comments\r\nHost: x\r\n\r\n", want: "400 bad-request"},
		{name: "version in small letters", sent: "POST /v1/comments http/1.1\r\nHost: x\r\n\r\n", want: "400 bad-request"},
		{name: "version 3", sent: "GET /v1/decisions HTTP/3.0\r\nHost: x\r\n\r\n", want: "505"},
		{name: "no host", sent: "GET /v1/decisions HTTP/1.1\r\n\r\n", want: "400 bad-request"},
		{name: "two hosts", sent: "GET /v1/decisions HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", want: "400 bad-request"},
		{name: "host with a slash", sent: "GET /v1/decisions HTTP/1.1\r\nHost: x/y z\r\n\r\n", want: "400 bad-request"},
		{name: "space in a header's name", sent: v.get("/v1/decisions", "+X Y: 1"), want: "400 bad-request"},
		{name: "space before the colon", sent: v.get("/v1/decisions", "+Content-Length : 5"), want: "400 bad-request"},
		{name: "header without a colon", sent: v.get("/v1/decisions", "+nothing\r\nA: b"), want: "400 bad-request"},
		{name: "control character in a header", sent: v.get("/v1/decisions", "+A: \x01"), want: "400 bad-request"},
		{name: "NUL in a header", sent: v.get("/v1/decisions", "+A: a\x00b"), want: "400 bad-request"},
		{name: "header over the limit", sent: v.get("/v1/decisions", "+A: "+strings.Repeat("x", 40<<10)), want: "431 header-too-large"},
		{name: "very many headers", sent: v.get("/v1/decisions", "+"+strings.Repeat("A: b\r\n", 8<<10)+"A: b"), want: "431 header-too-large"},
		{name: "request line over the limit", sent: v.get("/v1/decisions?after=" + strings.Repeat("x", 40<<10)), want: "431 header-too-large"},
		{name: "bad escape in the path", sent: v.get("/v1/comments/%zz"), want: "400 bad-request"},
		{name: "control character in the path", sent: v.get("/v1/comments/\x7f"), want: "400 bad-request"},
		{name: "space in the path", sent: v.get("/v1/comments/a b"), want: "400 bad-request"},

		{name: "two lengths", sent: raw(length+"Content-Length: 5\r\n", ok), want: "400 bad-request"},
		{name: "length below zero", sent: raw("Content-Length: -1\r\n", ok), want: "400 bad-request"},
		{name: "length with a sign", sent: raw("Content-Length: +5\r\n", ok), want: "400 bad-request"},
		{name: "length in hexadecimal", sent: raw("Content-Length: 0x10\r\n", ok), want: "400 bad-request"},
		{name: "length beyond 64 bits", sent: raw("Content-Length: 18446744073709551616\r\n", ok), want: "400 bad-request"},
		{name: "length of words", sent: raw("Content-Length: ten\r\n", ok), want: "400 bad-request"},
		{name: "the same length twice", sent: raw(length+length, ok), want: "202", keeps: []string{"framed"}},
		{name: "no length and no body", sent: raw("", ""), want: "400 unreadable"},
		{name: "gzip as transfer coding", sent: raw("Transfer-Encoding: gzip\r\n", ok), want: "501 unknown-transfer-coding"},
		{name: "gzip before chunked", sent: raw("Transfer-Encoding: gzip, chunked\r\n", chunked(ok)), want: "501 unknown-transfer-coding"},
		{name: "identity as transfer coding", sent: raw("Transfer-Encoding: identity\r\n", ok), want: "501 unknown-transfer-coding"},
		{name: "chunked twice", sent: raw("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunked(ok)), want: "501 unknown-transfer-coding"},
		{name: "chunked with a vertical tab", sent: raw("Transfer-Encoding: \vchunked\r\n", chunked(ok)), want: "400 bad-request"},
		{name: "chunk whose size is no number", sent: raw("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"), want: "400 unreadable"},
		{name: "chunk beyond 64 bits", sent: raw("Transfer-Encoding: chunked\r\n", "10000000000000000\r\n{}\r\n0\r\n\r\n"), want: "400 unreadable"},
		{name: "chunk longer than it says", sent: raw("Transfer-Encoding: chunked\r\n", "1\r\n{}\r\n0\r\n\r\n"), want: "400 unreadable"},
		{name: "chunk with a huge extension", sent: raw("Transfer-Encoding: chunked\r\n", "2;"+strings.Repeat("x", 8<<10)+"\r\n{}\r\n0\r\n\r\n"), want: "400 unreadable"},
		{name: "chunks over the limit", sent: raw("Transfer-Encoding: chunked\r\n", chunked(strings.Repeat(" ", smallBody+1))), want: "413 too-large"},

		{name: "expects something else", sent: v.post(ok, "Expect: 200-ok"), want: "417"},
		{name: "expects to go on, with a wrong key", sent: v.post(ok, "Expect: 100-continue", "Authorization: Bearer wk_x"), want: "401 unauthorized"},
		{name: "expects to go on, too large", sent: v.post("", "Expect: 100-continue", "Content-Length: 99999999"), want: "413 too-large"},
		{name: "expects to go on", sent: v.post("", "Expect: 100-continue", fmt.Sprint("Content-Length: ", len(named("continued")))),
			then: func(w *wire) { w.send(named("continued")) }, want: "100; 202", keeps: []string{"continued"}},

		// What is unusual and right.
		{name: "chunks", sent: raw("Transfer-Encoding: chunked\r\n", chunked(named("chunked"))), want: "202", keeps: []string{"chunked"}},
		{name: "chunks with a trailer", sent: raw("Transfer-Encoding: chunked\r\nTrailer: X\r\n", strings.TrimSuffix(chunked(named("trailer")), "\r\n")+"X: y\r\n\r\n"), want: "202", keeps: []string{"trailer"}},
		{name: "absolute target", sent: strings.Replace(v.post(named("absolute")), " /v1", " http://winnow.example/v1", 1), want: "202", keeps: []string{"absolute"}},
		{name: "half closed after the request", sent: v.post(named("half-closed")), then: (*wire).half, want: "202", keeps: []string{"half-closed"}},
	}
}

// pipelined are several requests at once.
func (v *victims) pipelined() []bad {
	return []bad{
		{name: "good, then bad", sent: v.post(`{"id":"pipe-1"}`) + v.post(`{"id":`), want: "202; 400 unreadable", keeps: []string{"pipe-1"}},
		{name: "bad, then good", sent: v.post(`{"id":"x"`) + v.post(`{"id":"pipe-2"}`), want: "400 unreadable; 202", keeps: []string{"pipe-2"}},
		{name: "wrong key, then good", sent: v.post(`{"id":"x"}`, "Authorization: Bearer wk_x") + v.post(`{"id":"pipe-3"}`), want: "401 unauthorized; 202", keeps: []string{"pipe-3"}},
		{name: "good, then no HTTP", sent: v.post(`{"id":"pipe-4"}`) + "nonsense\r\n\r\n", want: "202; 400 bad-request", keeps: []string{"pipe-4"}},
		{name: "good, then half a request", sent: v.post(`{"id":"pipe-5"}`) + "POST /v1/com", then: (*wire).half, want: "202; 400 bad-request", keeps: []string{"pipe-5"}},
		{name: "body longer than its length", sent: v.post(`{"id":"pipe-6"}`, "Content-Length: 15") + `{"id":"hidden"}`, want: "202; 400 bad-request", keeps: []string{"pipe-6"}},
		{name: "too large, then good", sent: v.post(strings.Repeat(" ", 300<<10)) + v.post(`{"id":"never"}`), want: "413 too-large; closed"},
		{name: "two that are the same", sent: v.post(`{"id":"pipe-7"}`) + v.post(`{"id":"pipe-7"}`), want: "202; 202", keeps: []string{"pipe-7"}},
		{name: "body of one that needs none", sent: v.request("GET", "/v1/decisions", `{"id":"x"}`) + v.get("/healthz"), want: "200; 200"},
	}
}

// media are bodies in another form than JSON in UTF-8.
func (v *victims) media() []bad {
	const body = `{"id":"media"}`
	refused := "415 unsupported-media-type"
	return []bad{
		{name: "no content type", sent: v.post(body, "Content-Type:"), want: refused},
		{name: "plain text", sent: v.post(body, "Content-Type: text/plain"), want: refused},
		{name: "a form", sent: v.post("id=media&content=x", "Content-Type: application/x-www-form-urlencoded"), want: refused},
		{name: "several parts", sent: v.post("--x--", "Content-Type: multipart/form-data; boundary=x"), want: refused},
		{name: "JSON in Latin-1", sent: v.post(body, "Content-Type: application/json; charset=iso-8859-1"), want: refused},
		{name: "content type cut off", sent: v.post(body, "Content-Type: application/json; charset="), want: refused},
		{name: "two content types in one", sent: v.post(body, "Content-Type: application/json, text/plain"), want: refused},
		{name: "gzip", sent: v.post(zipped(body), "Content-Encoding: gzip"), want: refused},
		{name: "gzip, unsaid", sent: v.post(zipped(body)), want: "400 unreadable"},
		{name: "lines at the door for one", sent: v.post(body, "Content-Type: application/x-ndjson"), want: refused},
		{name: "JSON at the door for many", sent: v.batch(body, "Content-Type: application/json"), want: refused},
	}
}

// bodies are comments that cannot be read or are wrong.
func (v *victims) bodies() []bad {
	list := []bad{
		{name: "empty body", sent: "", want: "400 unreadable"},
		{name: "cut off", sent: `{"id":"a"`, want: "400 unreadable"},
		{name: "an array", sent: `[{"id":"a"}]`, want: "400 unreadable"},
		{name: "null", sent: `null`, want: "400 unreadable"},
		{name: "two values", sent: `{"id":"a"}{"id":"b"}`, want: "400 unreadable"},
		{name: "text after it", sent: `{"id":"a"};`, want: "400 unreadable"},
		{name: "byte order mark", sent: "\ufeff{}", want: "400 unreadable"},
		{name: "UTF-16", sent: "\xff\xfe{\x00}\x00", want: "400 unreadable"},
		{name: "no UTF-8", sent: "{\"content\":\"a\xffb\"}", want: "400 unreadable"},
		{name: "overlong UTF-8", sent: "{\"content\":\"\xc0\xaf\"}", want: "400 unreadable"},
		{name: "surrogate in UTF-8", sent: "{\"content\":\"\xed\xa0\x80\"}", want: "400 unreadable"},
		{name: "lone surrogate", sent: `{"content":"\ud83d"}`, want: "400 unreadable"},
		{name: "surrogates the wrong way round", sent: `{"content":"\ude00\ud83d"}`, want: "400 unreadable"},
		{name: "NUL as a byte", sent: "{\"content\":\"a\x00b\"}", want: "400 unreadable"},
		{name: "NUL escaped", sent: `{"content":"a\u0000b"}`, want: "422 invalid"},
		{name: "NUL in a name", sent: `{"a\u0000":1}`, want: "422 invalid"},
		{name: "key twice", sent: `{"id":"a","id":"b"}`, want: "400 unreadable"},
		{name: "key twice, once escaped", sent: `{"id":"a","\u0069d":"b"}`, want: "400 unreadable"},
		{name: "key twice within meta", sent: `{"meta":{"x":{"k":1,"k":2}}}`, want: "400 unreadable"},
		{name: "NaN", sent: `{"meta":NaN}`, want: "400 unreadable"},
		{name: "number with a leading zero", sent: `{"id":007}`, want: "400 unreadable"},
		{name: "arrays 10,000 deep", sent: `{"x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`, want: "413 too-large"},
		{name: "arrays 8,000 deep, unclosed", sent: `{"x":` + strings.Repeat("[", 8000), want: "400 unreadable"},
		{name: "arrays 4,500 deep in meta", sent: `{"meta":` + strings.Repeat("[", 4500) + strings.Repeat("]", 4500) + `}`, want: "413 too-large"},
		{name: "integer beyond 64 bits", sent: `{"form":{"elapsed_ms":9223372036854775808}}`, want: "422 invalid"},
		{name: "number beyond all", sent: `{"form":{"elapsed_ms":1e999999}}`, want: "422 invalid"},
		{name: "id as a fraction", sent: `{"id":1.5}`, want: "422 invalid"},
		{name: "id with an exponent", sent: `{"id":1e3}`, want: "422 invalid"},
		{name: "id empty", sent: `{"id":""}`, want: "422 invalid"},
		{name: "id with a line end", sent: `{"id":"a\nb"}`, want: "422 invalid"},
		{name: "id with an escape", sent: `{"id":"\u001b[2J"}`, want: "422 invalid"},
		{name: "id with a C1 control", sent: `{"id":"a\u0085"}`, want: "422 invalid"},
		{name: "id of 201 bytes", sent: `{"id":"` + strings.Repeat("x", 201) + `"}`, want: "422 invalid"},
		{name: "author as a string", sent: `{"author":"Ann"}`, want: "422 invalid"},
		{name: "content as a number", sent: `{"content":1}`, want: "422 invalid"},
		{name: "date without a zone", sent: `{"submitted_at":"2026-03-01T10:00:00"}`, want: "422 invalid"},
		{name: "date that is none", sent: `{"edited_at":"2026-02-30T10:00:00Z"}`, want: "422 invalid"},
		{name: "unknown content type", sent: `{"content_type":"application/pdf"}`, want: "422 invalid"},
		{name: "meta over its limit", sent: `{"meta":"` + strings.Repeat("x", 8<<10) + `"}`, want: "413 too-large"},
		{name: "body over its limit", sent: `{"x":"` + strings.Repeat("x", smallBody) + `"}`, want: "413 too-large"},
	}
	for i := range list {
		list[i].sent = v.post(list[i].sent)
	}
	return append(list,
		bad{name: "keys in another case", sent: v.post(`{"ID":"upper","Id":"title","id":"case"}`), want: "202", keeps: []string{"case"}},
		bad{name: "arrays 4,000 deep, unknown", sent: v.post(`{"id":"deep","x":` + strings.Repeat("[", 4000) + strings.Repeat("]", 4000) + `}`), want: "202", keeps: []string{"deep"}})
}

// paths are paths and methods that are not there.
func (v *victims) paths() []bad {
	// What is not under /v1 is the moderator page's, which sends everybody to sign in.
	const none, wrong, signIn = "404 not-found", "405 method-not-allowed", "303"
	return []bad{
		{name: "path unknown", sent: v.get("/v1/nothing"), want: none},
		{name: "path with two slashes", sent: v.get("//v1/comments"), want: signIn},
		{name: "path up and down", sent: v.request("POST", "/v1/x/../comments", `{"id":"x"}`), want: none},
		{name: "path of an empty id", sent: v.get("/v1/comments/"), want: none},
		{name: "path of a dot", sent: v.get("/v1/comments/."), want: none},
		{name: "id of NUL", sent: v.get("/v1/comments/%00"), want: none},
		{name: "id that is no UTF-8", sent: v.get("/v1/comments/%FF"), want: none},
		{name: "id of 201 bytes, asked for", sent: v.get("/v1/comments/" + strings.Repeat("x", 201)), want: none},
		{name: "getting the door", sent: v.get("/v1/comments"), want: wrong},
		{name: "putting a comment", sent: v.request("PUT", "/v1/comments/a", `{}`), want: wrong},
		{name: "deleting the feed", sent: v.request("DELETE", "/v1/decisions", ""), want: wrong},
		{name: "method made up", sent: v.request("BREW", "/v1/comments", ""), want: wrong},
		{name: "method in small letters", sent: v.request("post", "/v1/comments", `{"id":"x"}`), want: wrong},
		{name: "posting to health", sent: v.request("POST", "/healthz", `{}`), want: wrong},
		{name: "a tunnel", sent: "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n", want: signIn},
	}
}

// queries are feeds, labels and removals that are asked for wrongly.
func (v *victims) queries() []bad {
	label := func(body string, headers ...string) string {
		return v.request("POST", "/v1/comments/nobody/label", body, headers...)
	}
	list := []bad{
		{name: "label unknown", sent: label(`{"label":"eggs"}`), want: "422 invalid"},
		{name: "label missing", sent: label(`{}`), want: "422 invalid"},
		{name: "label as a number", sent: label(`{"label":1}`), want: "422 invalid"},
		{name: "label twice", sent: label(`{"label":"ham","label":"spam"}`), want: "400 unreadable"},
		{name: "label in an array", sent: label(`["ham"]`), want: "400 unreadable"},
		{name: "label as text", sent: label("ham", "Content-Type: text/plain"), want: "415 unsupported-media-type"},
		{name: "label too large", sent: label(strings.Repeat(" ", smallBody+1)), want: "413 too-large"},
		{name: "label of nothing", sent: label(`{"label":"ham"}`), want: "404 not-found"},
		{name: "removing nothing", sent: v.request("DELETE", "/v1/comments/nobody", ""), want: "404 not-found"},
		{name: "erase maybe", sent: v.request("DELETE", "/v1/comments/nobody?erase=maybe", ""), want: "400 bad-request"},
		{name: "erase twice", sent: v.request("DELETE", "/v1/comments/nobody?erase=true&erase=false", ""), want: "400 bad-request"},
		{name: "cursor of another epoch", sent: v.get("/v1/decisions?after=1.1"), want: "409 cursor-epoch"},
	}
	for _, query := range []string{
		"after=garbage", "after=1.-1", "after=1.1.1", "after=1.zzzzzzzzzzzzzzzz", "after=a&after=b", "limit=0", "limit=1001", "limit=-1", "limit=ten", "limit=1.5", "limit=1e2",
		"limit=99999999999999999999", "limit=1&limit=2", "wait=61", "wait=-1", "wait=1s", "wait=%00", "after=%zz", "limit=5;wait=5",
	} {
		list = append(list, bad{name: "feed with " + query, sent: v.get("/v1/decisions?" + query), want: "400 bad-request"})
	}
	for i, prefer := range []string{"wait", "wait=", "wait=-5", "wait=5s", "wait=1e1", `wait="`, "respond-async", ";;,,=", "wait=\"5"} {
		id := fmt.Sprint("prefer-", i)
		list = append(list, bad{name: "prefers " + prefer, sent: v.post(`{"id":"`+id+`"}`, "Prefer: "+prefer), want: "202", keeps: []string{id}})
	}
	return list
}
