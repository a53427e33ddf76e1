package conn

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const secret = "hunter2" // it must not be shown

func secretConfig() *Config {
	return &Config{
		Hosts:       []Host{{Name: "h", Port: 7}},
		User:        "u",
		Password:    secret,
		SSLPassword: secret + "too",
	}
}

func TestPrintsWithoutSecrets(t *testing.T) {
	t.Parallel()
	c := secretConfig()
	type holder struct {
		C Config
		P *Config
	}
	held := holder{*c, c}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%#q", "%x", "%X", "%d", "%t", "%10v", "%T", "%z"} {
		for _, arg := range []any{*c, c, held, []Config{*c}, map[string]*Config{"c": c}, []any{c}} {
			got := fmt.Sprintf(verb, arg)
			if strings.Contains(got, secret) || strings.Contains(got, fmt.Sprintf("%x", secret)) ||
				strings.Contains(got, fmt.Sprintf("%X", secret)) {
				t.Errorf("%s of a %T shows the password: %s", verb, arg, got)
			}
		}
	}
	const want = `host=h port=7 user=u password=xxxxx sslpassword=xxxxx`
	for verb, want := range map[string]string{
		"%v": want, "%+v": want, "%s": want, "%q": `"` + want + `"`, "%#v": `conn.Config{"` + want + `"}`,
	} {
		if got := fmt.Sprintf(verb, c); got != want {
			t.Errorf("%s: got %s, want %s", verb, got, want)
		}
	}
}

func TestEncodesWithoutSecrets(t *testing.T) {
	t.Parallel()
	c := secretConfig()
	var log bytes.Buffer
	for _, logger := range []*slog.Logger{
		slog.New(slog.NewTextHandler(&log, nil)), slog.New(slog.NewJSONHandler(&log, nil)),
	} {
		logger.Info("x", "value", *c, "pointer", c, slog.Group("g", "c", c), "list", []*Config{c})
	}
	encoded, err := json.Marshal(map[string]any{"value": *c, "pointer": c})
	if err != nil {
		t.Fatal(err)
	}
	log.Write(encoded)
	text, err := c.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	log.Write(text)
	if got := log.String(); strings.Contains(got, secret) || strings.Count(got, "password=xxxxx") < 10 {
		t.Errorf("got %s", got)
	}
}

// All settings that a connection string can contain, at once.
func TestPrintsBack(t *testing.T) {
	t.Parallel()
	c, err := parse(`host='a,/b,@c,d d' hostaddr=::1,,, port=1,2,,4 user='u \' \\ é' dbname='' password=p passfile=/p
		sslmode=verify-full sslnegotiation=direct sslrootcert=/r sslcert=/c sslkey=/k sslpassword=s sslcertmode=require
		sslcrl=/l sslcrldir=/d sslsni=0 ssl_min_protocol_version=TLSv1.1 ssl_max_protocol_version=TLSv1.3
		channel_binding=require require_auth=!md5,!none requirepeer=postgres target_session_attrs=standby
		load_balance_hosts=random min_protocol_version=3.2 max_protocol_version=latest connect_timeout=0 keepalives=0
		keepalives_idle=1 keepalives_interval=2 keepalives_count=3 tcp_user_timeout=4 application_name='a b'
		options='-c x=y\\ z' client_encoding=UTF8`, testEnvironment(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	checkPrintsBack(t, c)
}

func TestPrintsWhatNoStringSays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		config Config
		want   string
	}{
		{"nothing", Config{}, ""},
		{"hosts without ports", Config{Hosts: []Host{{Name: "a"}, {Name: "b", Port: 7}}}, "host=a,b port=,7"},
		{"part of a second", Config{ConnectTimeout: 1500 * time.Millisecond}, "connect_timeout=2"},
		{"no timeout", Config{ConnectTimeout: -7}, "connect_timeout=0"},
		{"parameters", Config{RuntimeParams: map[string]string{"b.c": `1 \2`, "a": "x", "options": "-c d=e"}},
			`options='-c d=e -c a=x -c b.c=1\\ \\\\2'`},
		{"no keyword at all", Config{MaxRowSize: 7, CancelTimeout: time.Second}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.config.String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// The error for an invalid connection string shows no part of the password.
func TestErrorsShowNoPassword(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://u:hunter2@h:x/d",
		"postgres://u:hunter2@h:99999",
		"postgres://u:hunter2",
		"postgres://u:hunter2/d",
		"postgres://u:/hunter2@h:5/d",
		"postgres://u:a/hunter2@h/d",
		"postgres://u:1/hunter2@h/d",
		"postgres://u:1/?hunter2=x@h/d",
		"postgres://u:1/?x&hunter2=x@h/d",
		"postgres://u:1/d?sslmode=hunter2@h",
		"postgres://u:a?hunter2=b/c@h",
		"postgres://u:1?hunter2=b/c@h/d",
		"postgres://u:a@hunter2@h/d",
		"postgres://u:a@1,hunter2@h/d",
		"postgres://u:a@b:hunter2@h/d",
		"postgres://u:a@b/hunter2@h/d",
		"postgres://u:hunter2%@h/d",
		"postgres://u:hunter2%zz@h/d",
		"postgres://u:%00hunter2@h/d",
		"postgres://u:hunter2@[::1/d",
		"postgres://u:[hunter2/@h/d",
		"postgres://u:hunter2@h/d?port=x",
		"postgres://u:hunter2@h/%x",
		"postgres://h/d?password=a&hunter2=b",
		"postgres://h/d?password=a&hunter2",
		"postgres://h/d?password=a=hunter2",
		"postgres://h/d?password=hunter2%",
		"postgres://h?user=u&password=a@hunter2",
		"postgres://h:5432?password=hunter2@x",
		"postgress://u:hunter2@h/d?sslmode=require",
		"http://u:hunter2@h?a=b",
		"u:hunter2@h/d?sslmode=require",
		"u:hunter2@h/d",
		"//u:hunter2@h/d",
		"password=hunter2 x",
		"password=hunter2 port=x",
		"password=a hunter2",
		"password=a hunter2=b",
		"password=a hunter2 b=c",
		"password='a'hunter2",
		"password='a' hunter2",
		"password='hunter2",
		"sslpassword=a hunter2=b",
		"passwrd=hunter2",
		"password=hunter2\x00",
		"oauth_client_secret=hunter2",
		"host=a,b port=1,2,3 password=hunter2",
	} {
		t.Run(dsn, func(t *testing.T) {
			t.Parallel()
			c, err := parse(dsn, testEnvironment(nil, nil))
			if err == nil {
				t.Fatalf("got %v, want an error", c)
			}
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, secret) {
				t.Errorf("the error shows the password: %s", text)
			}
		})
	}
}

func TestCloneSharesNothing(t *testing.T) {
	t.Parallel()
	c := secretConfig()
	c.RequireAuth = []string{"md5"}
	c.RuntimeParams = map[string]string{"a": "b"}
	clone := c.Clone()
	clone.Hosts[0].Name, clone.RequireAuth[0], clone.RuntimeParams["a"] = "other", "none", "other"
	want := secretConfig()
	want.RequireAuth, want.RuntimeParams = []string{"md5"}, map[string]string{"a": "b"}
	if diff := diffConfig(want, c); diff != "" {
		t.Errorf("the original has changed (-want +got):\n%s", diff)
	}
}
