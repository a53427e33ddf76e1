package pgserver

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// environment is the variable that passes the servers of a program to the programs that it starts, as JSON.
const environment = "FRAISEQL_TEST_SERVERS"

// Environ returns the environment for a program that uses the servers: DATABASE_URL is that of the version that comes
// first in Versions, or else the first server; PG15_URL and so on are those by version; FromEnvironment reads all of
// them back.
func Environ(servers []*Server) ([]string, error) {
	encoded, err := json.Marshal(servers)
	if err != nil {
		return nil, err
	}
	main := servers[0]
	if i := slices.IndexFunc(servers, func(s *Server) bool { return s.Version == Versions[0] }); i >= 0 {
		main = servers[i]
	}
	env := []string{environment + "=" + string(encoded), "DATABASE_URL=" + main.URL}
	for _, s := range servers {
		if s.Version != "" {
			env = append(env, "PG"+s.Version+"_URL="+s.URL)
		}
	}
	return env, nil
}

// FromEnvironment returns the servers that a parent program has found, or none. Stop does nothing on them.
func FromEnvironment() ([]*Server, error) {
	encoded := os.Getenv(environment)
	if encoded == "" {
		return nil, nil
	}
	var servers []*Server
	if err := json.Unmarshal([]byte(encoded), &servers); err != nil {
		return nil, fmt.Errorf("%s is set but cannot be read; unset it to have servers started: %w", environment, err)
	}
	return servers, nil
}
