package configs

import (
	"regexp"
	"slices"
	"strings"
)

// envPrefix begins the name of every variable that is winnow's.
const envPrefix = "WINNOW_"

// serviceLink is how Kubernetes names the variables that it sets in every pod for a
// service that is called winnow.
var serviceLink = regexp.MustCompile(`^WINNOW_(SERVICE_(HOST|PORT)|PORT)(_|$)`)

// decodeEnv reads the settings of an environment, "NAME=VALUE" each. Of a variable
// that stands there twice the last counts, as for a child process.
func decodeEnv(environ []string) layer {
	values := map[string]string{}
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, envPrefix) {
			values[name] = value
		}
	}
	l := layer{entries: map[string]entry{}}
	known := make([]string, len(keys))
	for i := range keys {
		k := &keys[i]
		known[i] = k.env()
		if value := values[known[i]]; value != "" {
			l.add(k, value, Origin{Layer: FromEnv, Name: known[i]})
		}
		delete(values, known[i])
	}
	for _, name := range sortedNames(values) {
		message := "unknown variable; the nearest known one is " + nearest(name, known)
		if serviceLink.MatchString(name) {
			message = "unknown variable: if Kubernetes set it for a service named winnow, say enableServiceLinks: false in the pod or name the service otherwise"
		}
		l.fault(Origin{Layer: FromEnv, Name: printable(name)}, "", message)
	}
	return l
}

func sortedNames(values map[string]string) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
