package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/winnowd/winnow/problem"
)

// Mount is a handler and the paths that it answers: with a slash at the end of
// Prefix, that path and all below it, also the path without the slash; else exactly
// that path.
type Mount struct {
	Prefix  string
	Handler http.Handler
}

func (m *Mount) takes(path string) bool {
	if below, ok := strings.CutSuffix(m.Prefix, "/"); ok {
		return path == below || strings.HasPrefix(path, m.Prefix)
	}
	return path == m.Prefix
}

// NewRouter makes a handler that passes each request on to the mount with the
// longest prefix that takes its path, and answers not-found where none does. Paths
// are compared as clients escaped them; nothing is cleaned, redirected or rewritten,
// which http.ServeMux would do in its own words.
func NewRouter(mounts ...Mount) http.Handler {
	sorted := slices.Clone(mounts)
	slices.SortStableFunc(sorted, func(a, b Mount) int { return len(b.Prefix) - len(a.Prefix) })
	return router(sorted)
}

type router []Mount

func (rt router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	for i := range rt {
		if rt[i].takes(path) {
			rt[i].Handler.ServeHTTP(w, r)
			return
		}
	}
	problem.Write(w, problem.New(problem.NotFound, "there is nothing at this path"))
}
