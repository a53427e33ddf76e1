package fuzz

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// Parts of answers in shorthand.
const (
	reply   = description + threeRows + selected3
	parsed  = "1\x002\x00" + reply
	reused  = "2\x00" + reply
	isReady = "Z\x01I"
)

var madeReused = made[len("1\x00"):]

// refusal returns an error with a SQLSTATE, in shorthand.
func refusal(code string) string { return errorOf("SERROR", "C"+code, "Mno") }

func errorOf(fields ...string) string {
	body := strings.Join(fields, "\x00") + "\x00\x00"
	return "E" + string([]byte{byte(len(body))}) + body
}

// long is longer than half of a small message.
var long = strings.Repeat("x", smallMessage/2)

// preparedMeeting is a meeting with named statements, and the messages that the client must send in it: q denotes the
// query if it has a name, s the statement that makes its settings. If sizes is empty, each read returns one byte.
type preparedMeeting struct {
	name          string
	answer, after string
	sizes         []byte
	choice        choice
	sent          []string
}

var preparedMeetings = []preparedMeeting{
	{name: "reused", answer: parsed + reused + reused,
		sent: []string{"PqBqDES", "BqDES", "BqDES"}},
	{name: "settings reused", choice: scoped, answer: made + parsed + madeReused + reused,
		sent: []string{"PsBsEPqBqDES", "BsEBqDES", "BsEBqDES"}},
	{name: "lost", answer: parsed + refusal("26000") + isReady + parsed + parsed,
		sent: []string{"PqBqDES", "BqDES", "PBDES", "PBDES"}},
	{name: "of another type", answer: parsed + refusal("0A000") + isReady + "3\x00" + parsed + parsed,
		sent: []string{"PqBqDES", "BqDES", "CqPBDES", "PqBqDES"}},
	{name: "there already", answer: refusal("42P05") + isReady + parsed + parsed,
		sent: []string{"PqBqDES", "PBDES", "PBDES", "PBDES"}},
	{name: "settings lost", choice: scoped,
		answer: made + parsed + refusal("26000") + isReady + made + parsed + made + parsed,
		sent:   []string{"PsBsEPqBqDES", "BsEBqDES", "PBEPBDES", "PBEPBDES"}},
	{name: "settings refused", choice: scoped,
		answer: made + parsed + refusal("22023") + isReady + "3\x00" + made + parsed + made + reused,
		sent:   []string{"PsBsEPqBqDES", "BsEBqDES", "CsPBEPBDES", "PsBsEBqDES"}},
	{name: "query refused after its settings", choice: scoped,
		answer: made + parsed + madeReused + refusal("0A000") + isReady + "3\x00" + made + parsed + madeReused + parsed,
		sent:   []string{"PsBsEPqBqDES", "BsEBqDES", "CqPBEPBDES", "BsEPqBqDES"}},
	{name: "fails again", answer: parsed + refusal("26000") + isReady + "1\x00" + refusal("22P02") + isReady + parsed,
		sent: []string{"PqBqDES", "BqDES", "PBDES", "PBDES"}},
	{name: "fails at Close", answer: parsed + refusal("0A000") + isReady + refusal("XX000") + isReady + "3\x00" + parsed,
		sent: []string{"PqBqDES", "BqDES", "CqPBDES", "CqPqBqDES"}},
	{name: "a wrong text", answer: refusal("42601") + isReady + parsed + reused,
		sent: []string{"PqBqDES", "PqBqDES", "BqDES"}},
	{name: "lost, at Parse", answer: refusal("26000") + isReady + parsed + reused,
		sent: []string{"PqBqDES", "PqBqDES", "BqDES"}},
	{name: "there already, at Bind", answer: parsed + refusal("42P05") + isReady + "3\x00" + parsed + parsed,
		sent: []string{"PqBqDES", "BqDES", "CqPBDES", "PqBqDES"}},
	{name: "a wrong argument", answer: "1\x00" + refusal("22P02") + isReady + reused,
		sent: []string{"PqBqDES", "BqDES", "BqDES"}},
	{name: "lost, in a long error", choice: smallLimits,
		answer: parsed + errorOf("C26000", "M"+long, "D"+long) + isReady + parsed + parsed,
		sent:   []string{"PqBqDES", "BqDES", "PBDES", "PBDES"}},
	{name: "lost, in an error that is truncated before its code", choice: smallLimits,
		answer: parsed + errorOf("M"+long, "D"+long, "H"+long, "W"+long, "C26000") + isReady + "3\x00" + parsed + parsed,
		sent:   []string{"PqBqDES", "BqDES", "CqPBDES", "PqBqDES"}},
	{name: "a notice before the second message", sizes: []byte{0},
		answer: refusal("42P05") + isReady + "N\x10SNOTICE\x00C00000\x00\x00",
		sent:   []string{"PqBqDES", "PBDES"}},
	{name: "an answer before the second message", sizes: []byte{0}, answer: refusal("42P05") + isReady + parsed,
		sent: []string{"PqBqDES"}},
	{name: "the end before the second message", choice: atOnce, sizes: []byte{0}, answer: refusal("42P05") + isReady,
		sent: []string{"PqBqDES"}},
	{name: "healed, and no answer", choice: silent, answer: parsed + refusal("26000"), after: isReady + parsed,
		sent: []string{"PqBqDES", "BqDES", "PBDES"}},
	{name: "healed, and no second answer", choice: silent, answer: parsed + refusal("0A000") + isReady,
		after: "3\x00" + cancelled + parsed,
		sent:  []string{"PqBqDES", "BqDES", "CqPBDES", "PqBqDES"}},
	{name: "prepared, known from a drain", choice: silent, after: "1\x00" + cancelled + reused,
		sent: []string{"PqBqDES", "BqDES", "BqDES"}},
	{name: "lost, known from a drain", choice: silent, answer: parsed,
		after: refusal("26000") + isReady + refusal("26000") + isReady + parsed,
		sent:  []string{"PqBqDES", "BqDES", "BqDES", "PBDES"}},
}

func (p preparedMeeting) all() (answer, after, sizes []byte, choice choice) {
	sizes = p.sizes
	if len(sizes) == 0 {
		sizes = []byte{1}
	}
	return []byte(p.answer), []byte(p.after), sizes, p.choice | framed | prepared
}

// The seeds of FuzzConnection are the meetings that their names describe.
func TestPreparedMeetings(t *testing.T) {
	for _, p := range preparedMeetings {
		t.Run(p.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer, after, sizes, ch := p.all()
				m := newMeeting(t, ch, frames(answer), frames(after), sizes)
				start := m.w.progress()
				m.run()
				if diff := cmp.Diff(p.sent, m.sent(start.writes)); diff != "" {
					t.Errorf("messages (-want +got):\n%s", diff)
				}
			})
		})
	}
}
