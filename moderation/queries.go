package moderation

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

// Lists reads what moderators look at.
type Lists interface {
	// Held is in the filter's order, Browse by decision, see their store.
	Held(ctx context.Context, f models.CommentFilter, after models.Place, limit int) ([]models.Listed, error)
	Browse(ctx context.Context, f models.CommentFilter, after int64, limit int) (list []models.Listed, next int64, err error)
	// DecidedAt is the time of the decision at a place that Browse gave.
	DecidedAt(ctx context.Context, seq int64) (time.Time, error)
	Histories(ctx context.Context, authors []models.AuthorRef, limit int) (map[models.AuthorRef]models.History, error)
	Page(ctx context.Context, siteID int64, commentID string) (*models.CommentPage, error)
}

// Sites finds a site by name; nil if there is none.
type Sites interface {
	ByName(name string) *models.Site
}

// Keyer makes the keys by which people and addresses are found; nil for what is none.
type Keyer interface {
	EmailKey(email string) []byte
	IPKey(ip string) []byte
}

const (
	// MaxPage is how many comments a page has at most.
	MaxPage = 200
	// historyInLists and historyOfPage are how many comments of an author are counted.
	historyInLists = 100
	historyOfPage  = 1000
)

// Filter makes of a query what a user may see of it. The error wraps models.ErrInvalid
// if the query makes no sense, and models.ErrNotFound if the site is not there or the
// user may not see it.
func (s *Service) Filter(u *models.User, q *models.CommentQuery) (models.CommentFilter, error) {
	f := models.CommentFilter{
		Action: q.Action, Rule: q.Rule, MinScore: q.MinScore, MaxScore: q.MaxScore, Language: q.Language, Post: q.Post,
		Since: q.Since, Until: q.Until, Query: q.Text, Order: q.Order,
	}
	if f.Action == "" {
		f.Action = models.Hold
	}
	if f.Order == "" {
		f.Order = models.Newest
	}
	switch {
	case !slices.Contains(models.Actions[:], f.Action):
		return f, fmt.Errorf("action %q: must be approve, hold or reject: %w", f.Action, models.ErrInvalid)
	case !slices.Contains(models.Orders[:], f.Order):
		return f, fmt.Errorf("order %q: must be newest, oldest, score or score-low: %w", f.Order, models.ErrInvalid)
	case f.Action != models.Hold && (f.Order == models.Highest || f.Order == models.Lowest):
		return f, fmt.Errorf("order %q: only held comments are ordered by score: %w", f.Order, models.ErrInvalid)
	}
	switch q.Lane {
	case "":
	case models.LaneLook:
		if f.MaxScore == 0 || f.MaxScore > s.o.SpamAbove {
			f.MaxScore = s.o.SpamAbove
		}
	case models.LaneSpam:
		f.MinScore = max(f.MinScore, s.o.SpamAbove)
	default:
		return f, fmt.Errorf("lane %q: must be look or spam: %w", q.Lane, models.ErrInvalid)
	}
	if q.Author != "" {
		if f.Author = s.o.Keyer.EmailKey(q.Author); f.Author == nil {
			return f, fmt.Errorf("author %q: must be an e-mail address: %w", q.Author, models.ErrInvalid)
		}
	}
	if q.Address != "" {
		if f.Address = s.o.Keyer.IPKey(q.Address); f.Address == nil {
			return f, fmt.Errorf("address %q: must be an IP address: %w", q.Address, models.ErrInvalid)
		}
	}
	var err error
	f.Sites, err = s.sites(u, q.Site)
	return f, err
}

// sites are those that a user sees of one that is named, or of all; nil is all.
func (s *Service) sites(u *models.User, name string) ([]int64, error) {
	if name == "" {
		if u.Limited {
			return append([]int64{}, u.SiteIDs...), nil
		}
		return nil, nil
	}
	site, err := s.site(u, name)
	if err != nil {
		return nil, err
	}
	return []int64{site.ID}, nil
}

func (s *Service) site(u *models.User, name string) (*models.Site, error) {
	site := s.o.Sites.ByName(name)
	if site == nil || !u.Sees(site.ID) {
		return nil, fmt.Errorf("site %q: %w", name, models.ErrNotFound)
	}
	return site, nil
}

// List returns a page of comments. Errors as of Filter; models.ErrInvalid also for a
// cursor that is not one.
func (s *Service) List(ctx context.Context, u *models.User, q models.CommentQuery) (*models.CommentList, error) {
	f, err := s.Filter(u, &q)
	if err != nil {
		return nil, err
	}
	after, err := parsePlace(q.After)
	if err != nil {
		return nil, err
	}
	limit := q.Limit
	if limit == 0 {
		limit = 50
	}
	if limit < 1 || limit > MaxPage {
		return nil, fmt.Errorf("limit %d: must be 1 to %d: %w", limit, MaxPage, models.ErrInvalid)
	}
	p := &models.CommentList{Total: -1, Cursor: q.After}
	if f.Action == models.Hold {
		err = s.listHeld(ctx, f, after, limit, p, !q.Lanes)
	} else {
		err = s.browse(ctx, f, after, limit, p)
	}
	if err == nil && q.Lanes && f.Action == models.Hold {
		err = s.countLanes(ctx, u, q, p)
	}
	if err != nil {
		return nil, err
	}
	return p, s.histories(ctx, p.Comments)
}

// countLanes counts what each lane has, and with that what the list has.
func (s *Service) countLanes(ctx context.Context, u *models.User, q models.CommentQuery, p *models.CommentList) error {
	lane := q.Lane
	q.Lane = ""
	f, err := s.Filter(u, &q)
	if err != nil {
		return err
	}
	if p.Look, p.Spam, err = s.o.Desk.HeldLanes(ctx, f, s.o.SpamAbove); err != nil {
		return err
	}
	switch lane {
	case models.LaneLook:
		p.Total = p.Look
	case models.LaneSpam:
		p.Total = p.Spam
	default:
		p.Total = p.Look + p.Spam
	}
	return nil
}

// listHeld lists what is held, and counts it if that is wanted.
func (s *Service) listHeld(ctx context.Context, f models.CommentFilter, after models.Place, limit int, p *models.CommentList, count bool) (err error) {
	if p.Comments, err = s.o.Desk.Held(ctx, f, after, limit+1); err != nil {
		return err
	}
	if p.More = len(p.Comments) > limit; p.More {
		p.Comments = p.Comments[:limit]
	}
	if n := len(p.Comments); n > 0 {
		p.Cursor = placeText(p.Comments[n-1].Place)
	}
	if !p.More && after == (models.Place{}) {
		p.Total = len(p.Comments)
		return nil
	}
	if !count {
		return nil
	}
	p.Total, err = s.o.Desk.TotalHeld(ctx, f)
	return err
}

func (s *Service) browse(ctx context.Context, f models.CommentFilter, after models.Place, limit int, p *models.CommentList) error {
	list, next, err := s.o.Desk.Browse(ctx, f, after.Seq, limit)
	if err != nil {
		return err
	}
	p.Comments, p.More = list, next != 0
	if p.More {
		p.Cursor = placeText(models.Place{Seq: next})
	}
	if p.More && len(list) < limit {
		p.Reached, err = s.o.Desk.DecidedAt(ctx, next)
	}
	return err
}

// histories adds the authors' histories.
func (s *Service) histories(ctx context.Context, list []models.Listed) error {
	authors := make([]models.AuthorRef, 0, len(list))
	for i := range list {
		authors = append(authors, list[i].Revision.Author())
	}
	known, err := s.o.Desk.Histories(ctx, authors, historyInLists)
	for i := range list {
		list[i].History = known[authors[i]]
	}
	return err
}

// placeText is a place as clients carry it.
func placeText(p models.Place) string {
	return strconv.FormatUint(math.Float64bits(p.Score), 36) + "." + strconv.FormatInt(p.Seq, 36)
}

func parsePlace(text string) (p models.Place, err error) {
	if text == "" {
		return p, nil
	}
	score, seq, ok := strings.Cut(text, ".")
	bits, err1 := strconv.ParseUint(score, 36, 64)
	n, err2 := strconv.ParseInt(seq, 36, 64)
	p = models.Place{Score: math.Float64frombits(bits), Seq: n}
	if !ok || err1 != nil || err2 != nil || n <= 0 || !(p.Score >= 0 && p.Score <= 1) {
		return models.Place{}, fmt.Errorf("cursor %q: not one of winnow's: %w", text, models.ErrInvalid)
	}
	return p, nil
}

// Comment returns everything that is known of a comment. The error wraps
// models.ErrNotFound if it is not there or the user may not see it.
func (s *Service) Comment(ctx context.Context, u *models.User, site, id string) (*models.CommentPage, error) {
	at, err := s.site(u, site)
	if err != nil {
		return nil, err
	}
	p, err := s.o.Desk.Page(ctx, at.ID, id)
	if err != nil {
		return nil, err
	}
	author := p.Revisions[len(p.Revisions)-1].Author()
	known, err := s.o.Desk.Histories(ctx, []models.AuthorRef{author}, historyOfPage)
	p.History = known[author]
	return p, err
}
