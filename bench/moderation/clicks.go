package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// person is a moderator with a browser.
type person struct {
	base   string
	client *http.Client
	r      *rand.Rand
	// comments is how many there were, numbered from 0; share tells which were held.
	comments, share int
	// deep and browsed are where a hundred pages further on is, in held and approved ones.
	deep, browsed string
}

// signIn signs a moderator in by a link.
func (s *server) signIn(ctx context.Context, n int, set settings) (*person, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p := &person{
		base: "http://" + s.Addr, r: rand.New(rand.NewPCG(3, uint64(n))), comments: set.comments, share: max(1, set.comments/max(1, set.held)),
		client: &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{}},
	}
	link, err := url.Parse(s.Links[n])
	if err != nil {
		return nil, err
	}
	_, err = p.do(ctx, http.MethodPost, "/login", url.Values{"token": {link.Query().Get("token")}, "next": {"/audit"}})
	return p, err
}

// do asks for a page as a browser does and returns it.
func (p *person) do(ctx context.Context, method, path string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if form.Has("verdict") {
			req.Header.Set("HX-Request", "true")
		}
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusConflict && resp.StatusCode != http.StatusNotFound {
		err = fmt.Errorf("%s %s was answered %s", method, path, resp.Status)
	}
	return string(body), err
}

// follow keeps the stream of events open.
func (p *person) follow(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/v1/moderation/events", http.NoBody)
	if err != nil {
		return err
	}
	stream := *p.client
	stream.Timeout = 0
	resp, err := stream.Do(req)
	if err == nil {
		if resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("the stream of events was answered %s", resp.Status)
		} else {
			_, err = io.Copy(io.Discard, resp.Body)
		}
		err = errors.Join(err, resp.Body.Close())
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

var moreLink = regexp.MustCompile(`href="([^"]*)"[^>]* data-more>`)

// goDeep finds where a hundred pages further on is.
func (p *person) goDeep(ctx context.Context, path string) (string, error) {
	for range 100 {
		page, err := p.do(ctx, http.MethodGet, path, nil)
		if err != nil {
			return "", err
		}
		m := moreLink.FindStringSubmatch(page)
		if m == nil {
			break
		}
		path = html.UnescapeString(m[1])
	}
	return path, nil
}

// kind is a kind of click.
type kind struct {
	name string
	// most is the line that 99 of 100 are to hold.
	most time.Duration
	ask  func(ctx context.Context, p *person) error
}

const (
	pageLine   = 100 * time.Millisecond
	searchLine = 300 * time.Millisecond
)

// kinds are what moderators ask for.
func kinds(only string) (list []kind) {
	page := func(name string, most time.Duration, path func(*person) string) {
		list = append(list, kind{name, most, func(ctx context.Context, p *person) error {
			_, err := p.do(ctx, http.MethodGet, path(p), nil)
			return err
		}})
	}
	at := func(path string) func(*person) string { return func(*person) string { return path } }
	query := func(path, name string, value func(*person) string) func(*person) string {
		return func(p *person) string { return path + name + "=" + url.QueryEscape(value(p)) }
	}
	author := func(p *person) string { return email(skewed(p.r, authors)) }
	post := func(p *person) string { return fmt.Sprintf("p-%d", skewed(p.r, posts)) }
	page("held, newest", pageLine, at("/held"))
	page("held, 100 pages on", pageLine, func(p *person) string { return p.deep })
	page("held, oldest", pageLine, at("/held?order=oldest"))
	page("held, by score", pageLine, at("/held?order=score"))
	page("held, likely spam", pageLine, at("/held?lane=spam"))
	page("held, of a site and a score", pageLine, query("/held?site=shop&order=score-low&", "min_score", func(p *person) string { return fmt.Sprintf("0.%d", 6+p.r.IntN(4)) }))
	page("held, of a rule", pageLine, at("/held?rule=old-threads"))
	page("held, of an author", pageLine, query("/held?", "author", author))
	page("held, of a post and a language", pageLine, query("/held?language=ru&", "post", post))
	page("held, search for one", searchLine, query("/held?", "q", func(p *person) string { return fmt.Sprint("number", p.r.IntN(p.comments)/p.share*p.share) }))
	page("held, search for common words", searchLine, query("/held?", "q", func(p *person) string { return common[p.r.IntN(len(common))] + " " + string(rune('a'+p.r.IntN(26))) }))
	page("approved", pageLine, at("/comments?action=approve"))
	page("approved, 100 pages on", pageLine, func(p *person) string { return p.browsed })
	page("approved, of an author", pageLine, query("/comments?action=approve&", "author", author))
	page("approved, of a post", pageLine, query("/comments?action=approve&", "post", post))
	page("approved, search for one", searchLine, query("/comments?action=approve&", "q", func(p *person) string { return fmt.Sprint("number", p.r.IntN(p.comments)) }))
	page("a comment", pageLine, func(p *person) string { return fmt.Sprintf("/comments/%s/c-%d", site, p.stored()) })
	page("overview", pageLine, at("/"))
	page("overview of 90 days", pageLine, at("/?days=90"))
	page("audit log", pageLine, at("/audit"))
	page("audit log, of a moderator", pageLine, func(p *person) string { return "/audit?kind=verdict&actor=" + url.QueryEscape(moderator(p.r.IntN(20))) })
	page("dead letters", pageLine, at("/deliveries?state=dead"))
	list = append(list, kind{"a verdict", pageLine, decideOne})
	if only == "" {
		return list
	}
	var some []kind
	for _, k := range list {
		if strings.Contains(k.name, only) {
			some = append(some, k)
		}
	}
	return some
}

// stored is the number of some comment of the site.
func (p *person) stored() int {
	for {
		if n := p.r.IntN(p.comments); siteOf(n/p.share*p.share) == 0 && siteOf(n) == 0 {
			return n
		}
	}
}

// decideOne decides one of the comments that were held; somebody may have done so before.
func decideOne(ctx context.Context, p *person) error {
	path := fmt.Sprintf("/comments/%s/c-%d/decide", site, p.stored()/p.share*p.share)
	verdict := [...]string{"approve", "spam", "spam", "reject"}[p.r.IntN(4)]
	_, err := p.do(ctx, http.MethodPost, path, url.Values{"verdict": {verdict}, "revision": {"1"}, "sequence": {"1"}, "back": {"/held"}})
	return err
}
