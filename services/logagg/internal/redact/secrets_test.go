package redact_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

const (
	cred = "[redacted:credentials]"
	auth = "[redacted:authorization]"
	tokn = "[redacted:jwt]"
	pkey = "[redacted:private-key]"
	cld  = "[redacted:cloud-key]"
	crd  = "[redacted:card]"
	mail = "[redacted:email]"

	jwt1 = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	jwe1 = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..yVi-LdQQngN0C5WS.1McwSmhZzAtmmLp9y-OdnJwaJFo1nj_4ashmzl2LhubGf0Jl1OTEVJzsHZb7bkup7cGTkuxh6Vfv10ljHsjWf_URXoxP3stQqQeViVcuPV0y2Q_WHYzTNGZpmHe-hM6gjDhyZyvu3yeXGFSvfPQmp9pWVOgDjI4RC0MQ83rzzn-rRdnZkznWjbmOPxwPrR72Qng0BISsEwbkPn4oO8-vlHkVmPpuDTaYzCT2ZR5K9JnIU8d8QdxEGb7-s8GEJ1yqtd_w._umbK59DAKA3O89h15VoKQ"
	aws1 = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	rsa1 = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA75+9\nabc/def+ghi=\n-----END RSA PRIVATE KEY-----"
)

// all returns a redactor with all detectors.
func all(t testing.TB, action redact.Action) *redact.Redactor {
	t.Helper()
	config := redact.Config{HashKey: []byte("0123456789abcdef")}
	for _, name := range redact.Detectors() {
		config.Detectors = append(config.Detectors, redact.Detector{Name: name, Action: action})
	}
	r, err := redact.New(config)
	require.NoError(t, err)
	return r
}

// secrets are texts with secrets, and what is left of them.
var secrets = []struct{ text, want string }{
	// Key and value.
	{"password=hunter2", "password=" + cred},
	{"login user=root password=hunter2 ok", "login user=root password=" + cred + " ok"},
	{"password: hunter2, user: root", "password: " + cred + ", user: root"},
	{"password:hunter2", "password:" + cred},
	{"password = hunter2", "password = " + cred},
	{"password := hunter2", "password := " + cred},
	{"DB_PASSWORD=hunter2", "DB_PASSWORD=" + cred},
	{"DB-PASSWORD: hunter2", "DB-PASSWORD: " + cred},
	{"dbPassword=hunter2;", "dbPassword=" + cred + ";"},
	{"spring.datasource.password=hunter2", "spring.datasource.password=" + cred},
	{"passwd=hunter2 pwd=hunter3 pass=hunter4", "passwd=" + cred + " pwd=" + cred + " pass=" + cred},
	{"passphrase: correct horse battery staple", "passphrase: " + cred},
	{"clientSecret=a1b2 client_secret=c3d4 CLIENT-SECRET=e5f6", "clientSecret=" + cred + " client_secret=" + cred + " CLIENT-SECRET=" + cred},
	{"api_key=k1k1 apiKey=k2k2 api-key=k3k3 APIKEY=k4k4 x.api.key=k5k5", "api_key=" + cred + " apiKey=" + cred + " api-key=" + cred + " APIKEY=" + cred + " x.api.key=" + cred},
	{"API key: k1k1k1", "API key: " + cred},
	{"access_token=abc refresh_token=def id_token=ghi", "access_token=" + cred + " refresh_token=" + cred + " id_token=" + cred},
	{"token=abcdef123456", "token=" + cred},
	{"invalid token: abcdef123456", "invalid token: " + cred},
	{"token: Bearer abcdef", "token: Bearer " + cred},
	{"aws_secret_access_key = " + aws1, "aws_secret_access_key = " + cred},
	{"private_key=abc123 signing_key=abcdefgh12 encryptionKey=0123456789abcdef", "private_key=" + cred + " signing_key=" + cred + " encryptionKey=" + cred},
	{"password=p@ss,w;ord! next", "password=" + cred + " next"},
	{"password=a&b(c)d next", "password=" + cred + " next"},
	{"connect(password=hunter2) failed", "connect(password=" + cred + ") failed"},
	{"{user=root, password=hunter2}", "{user=root, password=" + cred + "}"},
	{"{User:root Password:hunter2}", "{User:root Password:" + cred + "}"},
	{"map[password:[hunter2] user:[root]]", "map[password:[" + cred + "] user:[root]]"},
	{"The password=hunter2.", "The password=" + cred + "."},
	{`password="correct horse"`, `password="` + cred + `"`},
	{`password='correct "horse"' x`, `password='` + cred + `' x`},
	{`password="a\"b c" x`, `password="` + cred + `" x`},
	{`password="cut off here`, `password="` + cred},
	{"password=`hun ter`", "password=`" + cred + "`"},
	{`password=b'hunter two'`, `password=b'` + cred + `'`},
	{`password: Some("hunter two")`, `password: Some("` + cred + `")`},
	{`password='it''s mine' x`, `password='` + cred + `' x`},
	{`:password=>"hunter2", :user=>"x"`, `:password=>"` + cred + `", :user=>"x"`},
	{`'password' => 'hunter2'`, `'password' => '` + cred + `'`},
	{"[password] => hunter2", "[password] => " + cred},
	{"user[password]=hunter2&x=1", "user[password]=" + cred + "&x=1"},
	{"password= user=x secret=abc", "password= user=x secret=" + cred},
	{"password=hunter2\nnext line", "password=" + cred + "\nnext line"},
	{"a;jsessionid=ABCDEF012345 b", "a;jsessionid=" + cred + " b"},
	{"pass=1234567 tests", "pass=" + cred + " tests"},
	{"Password: пароль-секрет end", "Password: " + cred + " end"},

	// JSON.
	{`{"user":"root","password":"hunter2"}`, `{"user":"root","password":"` + cred + `"}`},
	{`{"password": "hun, ter\" 2", "x": 1}`, `{"password": "` + cred + `", "x": 1}`},
	{`{"password":12345678,"x":1}`, `{"password":` + cred + `,"x":1}`},
	{`{"msg":"{\"password\":\"hunter2\",\"x\":1}"}`, `{"msg":"{\"password\":\"` + cred + `\",\"x\":1}"}`},
	{`{\\\"password\\\":\\\"hun\\\\\\\"ter2\\\",\\\"x\\\":1}`, `{\\\"password\\\":\\\"` + cred + `\\\",\\\"x\\\":1}`},
	{`{"body":"user=a\npassword=hunter2\nx=b"}`, `{"body":"user=a\npassword=` + cred + `\nx=b"}`},
	{`{"msg":"login password=hunter2","user":"x"}`, `{"msg":"login password=` + cred + `","user":"x"}`},
	{`{"tokens":1,"secret":["abc","def ghi"],"x":"y"}`, `{"tokens":1,"secret":["` + cred + `","` + cred + `"],"x":"y"}`},
	{`"{""password"":""hunter2"",""user"":""x""}"`, `"{""password"":""` + cred + `"",""user"":""x""}"`},
	{`{"name":"DB_PASSWORD","value":"hunter2"}`, `{"name":"DB_PASSWORD","value":"` + cred + `"}`},
	{"- name: DB_PASSWORD\n  value: hunter2\n", "- name: DB_PASSWORD\n  value: " + cred + "\n"},
	{`<add key="ApiKey" value="abc123"/>`, `<add key="ApiKey" value="` + cred + `"/>`},
	{`{"auths":{"r.example.com":{"auth":"dXNlcjpodW50ZXIy"}}}`, `{"auths":{"r.example.com":{"auth":"` + cred + `"}}}`},
	{`password\u003dhunter2\u0026user=x`, `password\u003d` + cred + `\u0026user=x`},
	{`{"private_key": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n", "client_email": "x"}`, `{"private_key": "` + cred + `", "client_email": "x"}`},

	// URLs and forms.
	{"GET /x?access_token=abc&y=1 HTTP/1.1", "GET /x?access_token=" + cred + "&y=1 HTTP/1.1"},
	{"https://b.example.net/c?sv=2020&sig=ab%2Bcd%3D&se=1", "https://b.example.net/c?sv=2020&sig=" + cred + "&se=1"},
	{`href="/x?token=abcdef1&amp;y=1"`, `href="/x?token=` + cred + `&amp;y=1"`},
	{"grant_type=password&username=a&password=hunter2&scope=x", "grant_type=password&username=a&password=" + cred + "&scope=x"},
	{"body: username%3Droot%26password%3Dhunter2%26x%3D1", "body: username%3Droot%26password%3D" + cred + "%26x%3D1"},
	{"%7B%22password%22%3A%22hunter2%22%7D", "%7B%22password%22%3A%22" + cred + "%22%7D"},
	{"postgres://app:hunter2@db:5432/x?sslmode=off", "postgres://app:" + cred + "@db:5432/x?sslmode=off"},
	{"smtp://u@x.com:hunter2@smtp", "smtp://" + mail + ":" + cred + "@smtp"},
	{"new_password2=hunter2 userPassword:: aHVudGVyMg== SECRET_KEY_BASE=ab12", "new_password2=" + cred + " userPassword:: " + cred + " SECRET_KEY_BASE=" + cred},
	{"redis://:hunter2@cache/0", "redis://:" + cred + "@cache/0"},
	{"amqp://u:p@ss@mq/", "amqp://u:" + cred + "@mq/"},
	{"mongodb://u:p/w@h1,h2/db", "mongodb://u:" + cred + "@h1,h2/db"},
	{`"http:\/\/u:hunter2@host\/p"`, `"http:\/\/u:` + cred + `@host\/p"`},
	{"dsn root:hunter2@tcp(127.0.0.1:3306)/db", "dsn root:" + cred + "@tcp(127.0.0.1:3306)/db"},
	{"dial app:hunter2@db.example.com:5432", "dial app:" + cred + "@db.example.com:5432"},
	{"https://0123456789abcdef0123456789abcdef@o1.example.io/1", "https://" + cred + "@o1.example.io/1"},
	{"https://x/y?X-Amz-Signature=0123456789abcdef&z=1", "https://x/y?X-Amz-Signature=" + cred + "&z=1"},

	// Connection strings, options, SQL, XML.
	{"Server=db;Database=x;User Id=sa;Password=my pass word;Encrypt=yes", "Server=db;Database=x;User Id=sa;Password=" + cred + ";Encrypt=yes"},
	{"Server=db;PWD=/hunter2;UID=sa", "Server=db;PWD=" + cred + ";UID=sa"},
	{"host=db user=app password='hun ter' dbname=x", "host=db user=app password='" + cred + "' dbname=x"},
	{"DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abcdEFGH0123+/==;EndpointSuffix=x", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + cred + ";EndpointSuffix=x"},
	{"Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=abcd+/0123==", "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=" + cred},
	{"run --user root --password hunter2 --x", "run --user root --password " + cred + " --x"},
	{"run --db-password='hun ter' x", "run --db-password='" + cred + "' x"},
	{`exec ["tool","--token","abc","-v"]`, `exec ["tool","--token","` + cred + `","-v"]`},
	{"java -storepass changeit -jar x", "java -storepass " + cred + " -jar x"},
	{"mysql -uroot -phunter2 db", "mysql -uroot -p" + cred + " db"},
	{"sshpass -p hunter2 ssh x", "sshpass -p " + cred + " ssh x"},
	{"docker login -u a -p hunter2 r", "docker login -u a -p " + cred + " r"},
	{"curl -u admin:hunter2 http://x", "curl -u admin:" + cred + " http://x"},
	{"curl --user admin:hunter2 http://x", "curl --user admin:" + cred + " http://x"},
	{"redis-cli -h x -a hunter2 ping", "redis-cli -h x -a " + cred + " ping"},
	{"ALTER USER a IDENTIFIED BY 'hun ter'", "ALTER USER a IDENTIFIED BY '" + cred + "'"},
	{"ALTER ROLE a WITH PASSWORD 'hunter2';", "ALTER ROLE a WITH PASSWORD '" + cred + "';"},
	{"<user>a</user><password>hun ter</password>", "<user>a</user><password>" + cred + "</password>"},
	{`<wsse:Password Type="x#Text">hunter2</wsse:Password>`, `<wsse:Password Type="x#Text">` + cred + `</wsse:Password>`},
	{"('password', 'hunter2')", "('password', '" + cred + "')"},

	// Headers.
	{"Authorization: Bearer abc.def-ghi", "Authorization: Bearer " + auth},
	{"authorization: Basic dXNlcjpwYXNz\r\nHost: x", "authorization: Basic " + auth + "\r\nHost: x"},
	{"Proxy-Authorization: Basic dXNlcjpwYXNz", "Proxy-Authorization: Basic " + auth},
	{`Authorization: Digest username="a", realm="b c", nonce="d", response="e"` + "\nHost: x", "Authorization: Digest " + auth + "\nHost: x"},
	{"Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range, Signature=fe5f80", "Authorization: AWS4-HMAC-SHA256 " + auth},
	{"Authorization: Custom s3cr3tValue99", "Authorization: Custom " + auth},
	{"Authorization: 0123456789abcdef", "Authorization: " + auth},
	{`{"Authorization":"Bearer abc"}`, `{"Authorization":"Bearer ` + auth + `"}`},
	{`{"headers":{"authorization":["Token xyz123"]}}`, `{"headers":{"authorization":["Token ` + auth + `"]}}`},
	{"map[Authorization:[Bearer abc] Accept:[*/*]]", "map[Authorization:[Bearer " + auth + "] Accept:[*/*]]"},
	{"[(b'authorization', b'Bearer abc'), (b'x', b'y')]", "[(b'authorization', b'Bearer " + auth + "'), (b'x', b'y')]"},
	{"HTTP_AUTHORIZATION=Basic dXNlcjpwYXNz", "HTTP_AUTHORIZATION=Basic " + auth},
	{"curl -H 'Authorization: Bearer abc' x", "curl -H 'Authorization: Bearer " + auth + "' x"},
	{"sent Bearer 0123456789abcdefghij to x", "sent Bearer " + auth + " to x"},
	{"sent Basic dXNlcjpodW50ZXIy to x", "sent Basic " + auth + " to x"},
	{"Cookie: a=b; sid=abc123; theme=dark\nHost: x", "Cookie: " + auth + "\nHost: x"},
	{`"cookie":"a=b; c=d","x":1`, `"cookie":"` + auth + `","x":1`},
	{"Set-Cookie: sid=abc123; Path=/; HttpOnly", "Set-Cookie: sid=" + auth + "; Path=/; HttpOnly"},
	{"X-Api-Key: abc123\nX-Auth-Token: def456", "X-Api-Key: " + cred + "\nX-Auth-Token: " + cred},
	{"PRIVATE-TOKEN: abc123", "PRIVATE-TOKEN: " + cred},

	// Tokens and keys by their form.
	{"got " + jwt1 + " from x", "got " + tokn + " from x"},
	{"two parts eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0. end", "two parts " + tokn + ". end"},
	{"jwe " + jwe1, "jwe " + tokn},
	{`{"x":"a\n` + jwt1 + `"}`, `{"x":"a\n` + tokn + `"}`},
	{"x%3D" + jwt1, "x%3D" + tokn},
	{"key:\n" + rsa1 + "\nend", "key:\n" + pkey + "\nend"},
	{"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\nabc", pkey},
	{`{"k":"-----BEGIN EC PRIVATE KEY-----\nMHcC","x":"y"}`, `{"k":"` + pkey + `","x":"y"}`},
	{"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOY\n=abcd\n-----END PGP PRIVATE KEY BLOCK----- x", pkey + " x"},
	{"x: MIIEpAIBAAKC\nabc/d+e=\n-----END PRIVATE KEY----- y", "x: " + pkey + " y"},
	{`"-----BEGIN PRIVATE KEY-----\n" + "MIIE\n" + "-----END PRIVATE KEY-----"`, `"` + pkey + `"`},
	{"AKIAIOSFODNN7EXAMPLE", cld},
	{"id AKIAIOSFODNN7EXAMPLE secret " + aws1 + " ok", "id " + cld + " secret " + cld + " ok"},
	{"ASIAIOSFODNN7EXAMPLE:" + aws1, cld + ":" + cld},
	{"key AIzaSyA1234567890abcdefghijklmnopqrstuv x", "key " + cld + " x"},
	{"ghp_0123456789abcdefghijABCDEFGHIJ012345", cld},
	{"clone https://ghs_0123456789abcdefghijABCDEFGHIJ012345@github.com/a/b", "clone https://" + cred + "@github.com/a/b"},
	{"github_pat_11ABCDEFG0abcdefghij_0123456789abcdefghij", cld},
	{"glpat-0123456789_abcdefghi", cld},
	{"xoxb-123456789012-abcdefghij", cld},
	{"post https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnop done", "post https://hooks.slack.com/services/" + cld + " done"},
	{"sk_live_0123456789abcdef rk_live_0123456789abcdef whsec_0123456789abcdef", cld + " " + cld + " " + cld},
	{"SG.0123456789abcdefghijkl.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", cld},
	{"SK0123456789abcdef0123456789abcdef", cld},
	{"npm_0123456789abcdefghijABCDEFGHIJ012345", cld},
	{"pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMAACKlszLCJ", cld},
	{"sk-0123456789abcdefABCDEF0123 sk-ant-api03-0123456789abcdefghij", cld + " " + cld},
	{"dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", cld},
	{"hvs.0123456789abcdefghij0123", cld},
	{"AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ", cld},
	{"GET /bot123456789:AAEabcdefghijklmnopqrstuvwxyz0123456/getMe", "GET /bot" + cld + "/getMe"},

	// Cards and addresses.
	{"card 4111111111111111 charged", "card " + crd + " charged"},
	{"4111 1111 1111 1111, 4111-1111-1111-1111", crd + ", " + crd},
	{"378282246310005 3782 822463 10005", crd + " " + crd},
	{"5555555555554444;6011111111111117;30569309025904;3530111333300000", crd + ";" + crd + ";" + crd + ";" + crd},
	{`{"pan":"4222222222222"}`, `{"pan":"` + crd + `"}`},
	{`"a\n4111111111111111"`, `"a\n` + crd + `"`},
	{"pan%3D4111111111111111", "pan%3D" + crd},
	{"from a.b+c@mail.example.com to <x@y.org>.", "from " + mail + " to <" + mail + ">."},
	{"u=joe%40example.com&x", "u=" + mail + "&x"},
	{"jörg@müller.de", mail},
}

func TestSecretsAreTakenOutOfMessages(t *testing.T) {
	r := all(t, redact.Replace)
	for _, c := range slices.Concat(secrets, systemSecrets) {
		hits := 0
		got := r.Message(c.text, func(int) { hits++ })
		require.Equal(t, c.want, got, "%s", c.text)
		require.Positive(t, hits)
		require.Equal(t, got, r.Message(got, func(int) { t.Fatal("hit again: " + got) }))
	}
}

func TestSecretsAreTakenOutOfValuesAndNames(t *testing.T) {
	r := all(t, redact.Replace)
	for _, c := range slices.Concat(secrets, systemSecrets) {
		name, value, keep := r.Field("detail", c.text, nil)
		require.Equal(t, [3]any{"detail", c.want, true}, [3]any{name, value, keep})
		name, value, keep = r.Field(c.text, "x", nil)
		require.Equal(t, [2]any{c.want, true}, [2]any{name, keep}, "%s", value)
	}
}
