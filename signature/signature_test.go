package signature_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/signature"
)

// The vector on which the specification's own libraries agree.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
	vectorTime      = 1674087231
	vectorBody      = `{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}`
	vectorSignature = "v1,ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ="
)

func secret(t testing.TB, s string) signature.Secret {
	t.Helper()
	parsed, err := signature.ParseSecret(s)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func newSecret(t testing.TB, fill byte, n int) signature.Secret {
	return secret(t, "whsec_"+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, n)))
}

func vectorHeader(changes ...string) http.Header {
	h := http.Header{}
	h.Set("webhook-id", vectorID)
	h.Set("webhook-timestamp", strconv.Itoa(vectorTime))
	h.Set("webhook-signature", vectorSignature)
	for i := 0; i < len(changes); i += 2 {
		h.Del(changes[i])
		for v := range strings.SplitSeq(changes[i+1], "|") {
			if v != "" {
				h.Add(changes[i], v)
			}
		}
	}
	return h
}

func TestVectorIsSignedAndVerified(t *testing.T) {
	s := secret(t, vectorSecret)
	at := time.Unix(vectorTime, 999_000_000)
	if got := signature.Sign(s, vectorID, at, []byte(vectorBody)); got != vectorSignature {
		t.Errorf("signed %s, want %s", got, vectorSignature)
	}
	id, err := signature.Verify([]signature.Secret{s}, vectorHeader(), []byte(vectorBody), at)
	if id != vectorID || err != nil {
		t.Errorf("verify: %q, %v", id, err)
	}
}

func TestVerifyTellsFaultsApart(t *testing.T) {
	known := []signature.Secret{secret(t, vectorSecret)}
	foreign := "v1," + base64.StdEncoding.EncodeToString(make([]byte, 32))
	at := time.Unix(vectorTime, 0)
	tests := []struct {
		name    string
		header  http.Header
		body    string
		now     time.Time
		secrets []signature.Secret
		want    error
	}{
		{"good", vectorHeader(), vectorBody, at, known, nil},
		{"another body", vectorHeader(), vectorBody + " ", at, known, signature.ErrSignature},
		{"another id", vectorHeader("webhook-id", "msg_x"), vectorBody, at, known, signature.ErrSignature},
		{"another time", vectorHeader("webhook-timestamp", "1674087232"), vectorBody, at, known, signature.ErrSignature},
		{"another secret", vectorHeader(), vectorBody, at, []signature.Secret{newSecret(t, 1, 32)}, signature.ErrSignature},
		{"no secret", vectorHeader(), vectorBody, at, nil, signature.ErrSignature},
		{"zero secret", vectorHeader(), vectorBody, at, []signature.Secret{{}}, signature.ErrSignature},
		{"second secret", vectorHeader(), vectorBody, at, append([]signature.Secret{newSecret(t, 1, 32)}, known...), nil},
		{"second signature", vectorHeader("webhook-signature", "v1a,xyz "+foreign+" "+vectorSignature), vectorBody, at, known, nil},
		{"later by 300 s", vectorHeader(), vectorBody, at.Add(300 * time.Second), known, nil},
		{"earlier by 300 s", vectorHeader(), vectorBody, at.Add(-300 * time.Second), known, nil},
		{"later by 301 s", vectorHeader(), vectorBody, at.Add(301 * time.Second), known, signature.ErrTimestamp},
		{"earlier by 301 s", vectorHeader(), vectorBody, at.Add(-301 * time.Second), known, signature.ErrTimestamp},
		{"no id", vectorHeader("webhook-id", ""), vectorBody, at, known, signature.ErrMalformed},
		{"two ids", vectorHeader("webhook-id", vectorID+"|"+vectorID), vectorBody, at, known, signature.ErrMalformed},
		{"long id", vectorHeader("webhook-id", strings.Repeat("x", 257)), vectorBody, at, known, signature.ErrMalformed},
		{"no time", vectorHeader("webhook-timestamp", ""), vectorBody, at, known, signature.ErrMalformed},
		{"time with a sign", vectorHeader("webhook-timestamp", "+1674087231"), vectorBody, at, known, signature.ErrMalformed},
		{"time as a date", vectorHeader("webhook-timestamp", "2023-01-19T00:13:51Z"), vectorBody, at, known, signature.ErrMalformed},
		{"endless time", vectorHeader("webhook-timestamp", "9223372036854775807"), vectorBody, at, known, signature.ErrMalformed},
		{"no signature", vectorHeader("webhook-signature", ""), vectorBody, at, known, signature.ErrMalformed},
		{"other versions only", vectorHeader("webhook-signature", "v1a,abc v2,def"), vectorBody, at, known, signature.ErrMalformed},
		{"short signature", vectorHeader("webhook-signature", "v1,QUJD"), vectorBody, at, known, signature.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id, err := signature.Verify(test.secrets, test.header, []byte(test.body), test.now)
			if !errors.Is(err, test.want) || (err == nil) != (id != "") {
				t.Errorf("got %q, %v; want %v", id, err, test.want)
			}
		})
	}
}

func TestTimestampErrorTellsTheReceiversTime(t *testing.T) {
	now := time.Unix(vectorTime+1000, 0)
	_, err := signature.Verify(nil, vectorHeader(), nil, now)
	var far *signature.TimestampError
	if !errors.As(err, &far) || !far.Now.Equal(now) || far.Sent.Unix() != vectorTime {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), "2023-01-19T00:30:31Z") {
		t.Errorf("no time in %q", err)
	}
}

func TestRotationSignsForEverySecret(t *testing.T) {
	before, after := newSecret(t, 1, 24), newSecret(t, 2, 64)
	h := http.Header{}
	at := time.Unix(vectorTime, 0)
	signature.SetHeader(h, []signature.Secret{before, {}, after}, "wn_1", at, []byte("body"))
	if n := len(strings.Fields(h.Get("webhook-signature"))); n != 2 {
		t.Errorf("%d signatures in %q", n, h.Get("webhook-signature"))
	}
	for _, s := range []signature.Secret{before, after} {
		if id, err := signature.Verify([]signature.Secret{s}, h, []byte("body"), at); id != "wn_1" || err != nil {
			t.Errorf("%q, %v", id, err)
		}
	}
}

func TestSecretsAreCheckedAndHidden(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	for s, good := range map[string]bool{
		vectorSecret:                               true,
		"whsec_" + encode(make([]byte, 64)):        true,
		"whsec_" + encode(make([]byte, 25)):        true,
		"":                                         false,
		"whsec_":                                   false,
		"whsec_" + encode(make([]byte, 23)):        false,
		"whsec_" + encode(make([]byte, 65)):        false,
		encode(make([]byte, 32)):                   false,
		"whsec_not base64 of any kind at all":      false,
		"whsec_MfKQ9r8GKYqrTwjU\nPD8ILPZIo2LaLaSw": false,
		"whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw":    false,
	} {
		parsed, err := signature.ParseSecret(s)
		if (err == nil) != good || parsed.IsZero() == good {
			t.Errorf("%q: %v", s, err)
		}
		if s != "" && err != nil && len(s) > 10 && strings.Contains(err.Error(), s[6:]) {
			t.Errorf("the error repeats the secret: %v", err)
		}
	}
	s := secret(t, vectorSecret)
	if text := fmt.Sprintf("%v %+v %#v %s", s, s, s, s); strings.Contains(text, "MfKQ") || strings.Contains(text, "49") {
		t.Errorf("printed as %s", text)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(vectorID, strconv.Itoa(vectorTime), vectorSignature, []byte(vectorBody))
	f.Add("", "", "", []byte{})
	f.Add("a.b", "-1", "v1, v1,, v1a,x", []byte("{}"))
	known := []signature.Secret{secret(f, vectorSecret)}
	at := time.Unix(vectorTime, 0)
	f.Fuzz(func(t *testing.T, id, timestamp, list string, body []byte) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {list}}
		_, err := signature.Verify(known, h, body, at)
		if err == nil {
			seconds, _ := strconv.ParseInt(timestamp, 10, 64)
			if !strings.Contains(list, signature.Sign(known[0], id, time.Unix(seconds, 0), body)) {
				t.Errorf("accepted without a signature: %q %q %q", id, timestamp, list)
			}
		} else if !errors.Is(err, signature.ErrMalformed) && !errors.Is(err, signature.ErrSignature) && !errors.Is(err, signature.ErrTimestamp) {
			t.Errorf("another error: %v", err)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	s, body := []signature.Secret{secret(b, vectorSecret)}, bytes.Repeat([]byte("x"), 1500)
	at, h := time.Unix(vectorTime, 0), http.Header{}
	b.ReportAllocs()
	for b.Loop() {
		signature.SetHeader(h, s, vectorID, at, body)
	}
}

func FuzzParseSecret(f *testing.F) {
	for _, seed := range []string{vectorSecret, "whsec_", "whsec_AAAA", "whsec_\n", "wk_x", "whsec_" + strings.Repeat("A", 86) + "==", "whsec_" + strings.Repeat("A", 88)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := signature.ParseSecret(text)
		if (err == nil) == s.IsZero() {
			t.Fatalf("a secret of %v with the error %v", !s.IsZero(), err)
		}
		if encoded, ok := strings.CutPrefix(text, "whsec_"); err == nil {
			key, err := base64.StdEncoding.DecodeString(encoded)
			if !ok || err != nil || base64.StdEncoding.EncodeToString(key) != encoded || len(key) < signature.MinKey || len(key) > signature.MaxKey {
				t.Fatalf("taken: %q", text)
			}
		} else if len(encoded) > 8 && strings.Contains(err.Error(), encoded) {
			t.Fatalf("the error repeats the secret: %v", err)
		}
	})
}

// TestAZeroSecretVerifiesNothing: anybody can sign with an empty key.
func TestAZeroSecretVerifiesNothing(t *testing.T) {
	mac := hmac.New(sha256.New, nil)
	mac.Write([]byte(vectorID + "." + strconv.Itoa(vectorTime) + "." + vectorBody))
	h := vectorHeader("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	if _, err := signature.Verify([]signature.Secret{{}}, h, []byte(vectorBody), time.Unix(vectorTime, 0)); !errors.Is(err, signature.ErrSignature) {
		t.Errorf("got %v", err)
	}
}
