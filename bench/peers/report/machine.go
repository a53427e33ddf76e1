package report

import (
	"debug/buildinfo"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Machine describes the machine and the versions used for the rounds.
type Machine struct {
	CPU        string    `json:"cpu"`
	Cores      int       `json:"cores"`
	System     string    `json:"system"`
	Go         string    `json:"go"`
	PostgreSQL string    `json:"postgresql,omitempty"`
	Modules    []string  `json:"modules"` // module and version of all that the contestants link
	Started    time.Time `json:"started"`
	Seconds    float64   `json:"seconds"`
	LoadBefore string    `json:"load_before"` // load averages of 1, 5 and 15 minutes
	LoadAfter  string    `json:"load_after"`
}

// ThisMachine describes this machine, and the modules of program, which is the contestants' executable.
func ThisMachine(program string) Machine {
	m := Machine{
		CPU: lineOf("/proc/cpuinfo", "model name"), Cores: runtime.NumCPU(), Go: runtime.Version(),
		System:  runtime.GOOS + "/" + runtime.GOARCH + " " + firstLine("/proc/sys/kernel/osrelease"),
		Started: time.Now().UTC().Truncate(time.Second), LoadBefore: Load(),
	}
	if info, err := buildinfo.ReadFile(program); err == nil {
		for _, d := range info.Deps {
			m.Modules = append(m.Modules, d.Path+" "+d.Version)
		}
	}
	return m
}

// Load returns the present load averages.
func Load() string {
	fields := strings.Fields(firstLine("/proc/loadavg"))
	return strings.Join(fields[:min(3, len(fields))], " ")
}

// peers are the modules named in the text reports; the JSON has all.
var peers = []string{"pgx/v5", "lib/pq", "go-json", "sonic", "segmentio/encoding", "fastjson"}

func (m Machine) lines() []string {
	named := slices.DeleteFunc(slices.Clone(m.Modules), func(module string) bool {
		path, _, _ := strings.Cut(module, " ")
		return !slices.ContainsFunc(peers, func(p string) bool { return strings.HasSuffix(path, p) })
	})
	return []string{
		"machine: " + m.CPU + ", " + strconv.Itoa(m.Cores) + " cores, " + m.System,
		"versions: " + m.Go + ", PostgreSQL " + m.PostgreSQL + ", " + strings.Join(named, ", "),
		"load before: " + m.LoadBefore + "; after: " + m.LoadAfter,
		"started: " + m.Started.Format(time.RFC3339) + ", took " + (time.Duration(m.Seconds) * time.Second).String(),
	}
}

func firstLine(file string) string {
	b, _ := os.ReadFile(file)
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

// lineOf returns the value after "key :" in file.
func lineOf(file, key string) string {
	b, _ := os.ReadFile(file)
	_, after, _ := strings.Cut(string(b), key)
	line, _, _ := strings.Cut(after, "\n")
	return strings.TrimLeft(line, "\t :")
}
