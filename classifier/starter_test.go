package classifier

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func bundledStarter(t testing.TB) *Starter {
	t.Helper()
	s, err := Bundled()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func startedModel(t testing.TB) *Model {
	t.Helper()
	m, err := New(Options{Epoch: "test", Starter: bundledStarter(t)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestBundledStarterIsWhatItsHeaderSays(t *testing.T) {
	s := bundledStarter(t)
	line := regexp.MustCompile(`^([a-z/]+) (\d+) ham (\d+) spam sha256:[0-9a-f]{64}$`)
	hams, spams := 0, 0
	for _, l := range strings.Split(s.About(), "\n") {
		parts := line.FindStringSubmatch(l)
		if parts == nil {
			t.Fatalf("line %q", l)
		}
		h, _ := strconv.Atoi(parts[2])
		p, _ := strconv.Atoi(parts[3])
		hams, spams = hams+h, spams+p
	}
	if h, p := s.Documents(); h != hams || p != spams || hams < 1000 || spams < 1000 {
		t.Errorf("made from %d ham and %d spam, the sources have %d and %d", h, p, hams, spams)
	}
	if s.Features() < 10_000 || len(bundled) > 3<<20 {
		t.Errorf("%d features in %d bytes", s.Features(), len(bundled))
	}
	var again bytes.Buffer
	if err := s.Write(&again); err != nil || !bytes.Equal(again.Bytes(), bundled) {
		t.Errorf("written again it is %d bytes, not the same %d; %v", again.Len(), len(bundled), err)
	}
}

func TestStarterThatWasChangedIsRefused(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		file := bytes.Clone(bundled)
		file[r.IntN(len(file))] ^= 1 << r.IntN(8)
		if _, err := ReadStarter(file); !errors.Is(err, errStarter) {
			t.Fatalf("error is %v", err)
		}
	}
	for _, n := range []int{0, 3, 100, len(bundled) - 1} {
		if _, err := ReadStarter(bundled[:n]); err == nil {
			t.Errorf("%d bytes of it are read", n)
		}
	}
}

// What is read whole, byte for byte, is written the same again.
func FuzzReadStarter(f *testing.F) {
	f.Add(bundled[:64])
	f.Add([]byte(starterMagic + Tokenizer + "\n" + "\n\n" + strings.Repeat("\x00", 3+3*8)))
	f.Fuzz(func(t *testing.T, body []byte) {
		file := binary.LittleEndian.AppendUint32(bytes.Clone(body), crc32.ChecksumIEEE(body))
		s, err := ReadStarter(file)
		if err != nil {
			if !errors.Is(err, errStarter) {
				t.Fatalf("error is %v", err)
			}
			return
		}
		var again bytes.Buffer
		if err := s.Write(&again); err != nil {
			t.Fatal(err)
		}
		second, err := ReadStarter(again.Bytes())
		if err != nil || second.About() != s.About() || second.Features() != s.Features() || again.Len() > len(file) {
			t.Fatalf("written again it is %q, %v", again.Bytes(), err)
		}
	})
}

func TestStarterJudgesAsTheModelThatItWasMadeOf(t *testing.T) {
	m := trained(t, loadExamples(t))
	s, err := m.Starter(1<<20, "everything")
	if err != nil {
		t.Fatal(err)
	}
	d := newDocument()
	agree := 0
	lessons := bundledLessons(t)
	for i := range lessons {
		d.read(&lessons[i], nil)
		o := s.judge(d, &m.tuning)
		sum := o.rest
		for _, z := range d.firsts {
			sum += z
		}
		if math.Abs(sum-o.odds) > 1e-9 {
			t.Errorf("its parts add up to %v, not %v", sum, o.odds)
		}
		if (o.odds > 0) == (m.score(1, &lessons[i], nil).Score > 0.5) {
			agree++
		}
	}
	if agree < len(lessons)*95/100 {
		t.Errorf("it agrees on %d of %d", agree, len(lessons))
	}
}

func TestStarterAloneKnowsPlainSpam(t *testing.T) {
	m := startedModel(t)
	for _, spam := range []example{
		{Content: "Buy cheap viagra online without prescription http://cheap-viagra-pills.example/buy", Author: "Viagra Online", AuthorURL: "http://cheap-viagra-pills.example"},
		{Content: "Check out my channel and subscribe!! I make money from home http://makemoney.example/ref=123"},
	} {
		if v := m.Score(spam.toCase()); v.Finding.Action != models.Hold || len(v.Finding.Evidence) == 0 {
			t.Errorf("%q: %s", spam.Content, v.Finding.Detail)
		}
	}
	if v := m.Score(caseOf("")); math.Abs(v.Score-0.2) > 0.1 || v.Finding.Action != models.Approve {
		t.Errorf("an empty text: %s", v.Finding.Detail)
	}
}

// TestStarterAloneTellsPlainCases judges comments that were written before the starter
// was made as it is now: advertisements with a telling name, in many trades and languages,
// and honest comments, many of them long and critical, some on what spam sells. Their
// hosts are in a reserved domain; with the commonest one they are told apart better.
func TestStarterAloneTellsPlainCases(t *testing.T) {
	m := startedModel(t)
	all := readExamples(t, "testdata/cold.jsonl")
	for domain, least := range map[string]float64{".example": 0.7, ".com": 0.8} {
		held, spams := 0, 0
		for _, e := range all {
			e.AuthorURL = strings.ReplaceAll(e.AuthorURL, ".example", domain)
			e.Content = strings.ReplaceAll(e.Content, ".example", domain)
			v := m.Score(e.toCase())
			approved := v.Finding.Action == models.Approve
			switch {
			case e.Label == models.Ham:
				if !approved {
					t.Errorf("%s is honest, %s: %v", e.ID, v.Finding.Detail, v.Finding.Evidence)
				}
				continue
			case !approved:
				held++
			default:
				t.Logf("%s is not held, %s: %s", e.ID, v.Finding.Detail, e.Content)
			}
			spams++
		}
		if spams < 20 || float64(held) < least*float64(spams) {
			t.Errorf("of %d advertisements on %s %d are held, want %v of them", spams, domain, held, least)
		}
	}
}

func TestPoliteOpeningOfACorrectionIsApproved(t *testing.T) {
	correction := "Thank you for sharing this great post! One detail is not right, though: the railway was opened in 1847 and not in 1874. " +
		"The confusion comes from the second station, which replaced the wooden building after the fire, and whose plaque gives only that year. " +
		"The minutes of the town council, which are kept in the county archive, mention the first train in May 1847; they also name the engineer. " +
		"I would be glad if you could correct the table as well, because the later dates were counted from it."
	m := startedModel(t)
	if v := m.Score((&example{Content: correction, Author: "Margaret"}).toCase()); v.Finding.Action != models.Approve {
		t.Errorf("%s: %v", v.Finding.Detail, v.Finding.Evidence)
	}
}

func TestStarterFadesAsLabelsGrow(t *testing.T) {
	m := startedModel(t)
	last := 1.0
	for n := range 60 {
		fold(t, m,
			says(int64(2*n+1), models.Spam, fmt.Sprintf("spam of this site %d", n)),
			says(int64(2*n+2), models.Ham, fmt.Sprintf("talk of this site %d", n)))
		fade := m.tuning.fade(&m.state.shared.progress)
		if fade >= last {
			t.Fatalf("after %d labels the starter counts %v, before %v", 2*n+2, fade, last)
		}
		last = fade
	}
	if last > 0.5 {
		t.Errorf("after 120 labels the starter still counts %v", last)
	}
}
