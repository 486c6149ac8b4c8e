package redact

// vendor is a form of keys that tells who gave them out: a prefix, and what
// follows it.
type vendor struct {
	prefix string
	// least is how many bytes follow the prefix, exactly or at least: of those in
	// mask and marks.
	least int
	exact bool
	mask  uint16
	marks string
	// apart: the prefix is too short to be found inside of words. mixed: digits
	// and letters of both cases follow.
	apart, mixed bool
}

var vendors = []vendor{
	// Amazon Web Services, Google.
	{prefix: "AKIA", mask: upper | digit, least: 16, exact: true, apart: true},
	{prefix: "ASIA", mask: upper | digit, least: 16, exact: true, apart: true},
	{prefix: "AIza", mask: word, least: 35, marks: "_-"},
	{prefix: "GOCSPX-", mask: word, least: 20, marks: "_-"},
	{prefix: "ya29.", mask: word, least: 20, marks: "_-"},
	// GitHub, GitLab.
	{prefix: "ghp_", mask: word, least: 20},
	{prefix: "gho_", mask: word, least: 20},
	{prefix: "ghu_", mask: word, least: 20},
	{prefix: "ghs_", mask: word, least: 20, marks: "_.-"},
	{prefix: "ghr_", mask: word, least: 20},
	{prefix: "github_pat_", mask: word, least: 20, marks: "_"},
	{prefix: "glpat-", mask: word, least: 20, marks: "_-."},
	{prefix: "gldt-", mask: word, least: 20, marks: "_-"},
	{prefix: "glrt-", mask: word, least: 20, marks: "_-."},
	{prefix: "glcbt-", mask: word, least: 20, marks: "_-"},
	{prefix: "glptt-", mask: word, least: 40},
	{prefix: "glft-", mask: word, least: 20, marks: "_-"},
	{prefix: "glsoat-", mask: word, least: 20, marks: "_-"},
	{prefix: "glagent-", mask: word, least: 40, marks: "_-"},
	{prefix: "gloas-", mask: word, least: 40, marks: "_-"},
	// Slack.
	{prefix: "xoxa-", mask: word, least: 10, marks: "-"},
	{prefix: "xoxb-", mask: word, least: 10, marks: "-"},
	{prefix: "xoxc-", mask: word, least: 10, marks: "-"},
	{prefix: "xoxd-", mask: word, least: 10, marks: "-%/+="},
	{prefix: "xoxe-", mask: word, least: 10, marks: "-"},
	{prefix: "xoxo-", mask: word, least: 10, marks: "-"},
	{prefix: "xoxp-", mask: word, least: 10, marks: "-"},
	{prefix: "xoxr-", mask: word, least: 10, marks: "-"},
	{prefix: "xoxs-", mask: word, least: 10, marks: "-"},
	{prefix: "xapp-", mask: word, least: 10, marks: "-"},
	// Payments and mail: Stripe, Square, SendGrid, Brevo, Shopify.
	{prefix: "sk_live_", mask: word, least: 10},
	{prefix: "sk_test_", mask: word, least: 10},
	{prefix: "rk_live_", mask: word, least: 10},
	{prefix: "rk_test_", mask: word, least: 10},
	{prefix: "whsec_", mask: word, least: 16, marks: "+/="},
	{prefix: "sq0csp-", mask: word, least: 40, marks: "_-"},
	{prefix: "sq0atp-", mask: word, least: 20, marks: "_-"},
	{prefix: "SG.", mask: word, least: 40, marks: "_-.", apart: true},
	{prefix: "xkeysib-", mask: word, least: 64, marks: "-"},
	{prefix: "shpat_", mask: hexBit, least: 32},
	{prefix: "shpss_", mask: hexBit, least: 32},
	{prefix: "shpca_", mask: hexBit, least: 32},
	{prefix: "shppa_", mask: hexBit, least: 32},
	{prefix: "shptka_", mask: hexBit, least: 32},
	{prefix: "access_token$production$", mask: word, least: 40, marks: "$"},
	{prefix: "access_token$sandbox$", mask: word, least: 40, marks: "$"},
	{prefix: "xsmtpsib-", mask: word, least: 64, marks: "-"},
	// Mailgun, Mailchimp, HubSpot.
	{prefix: "key-", mask: hexBit, least: 32, exact: true, apart: true},
	{prefix: "pat-na1-", mask: hexBit, least: 32, marks: "-"},
	{prefix: "pat-eu1-", mask: hexBit, least: 32, marks: "-"},
	// Twilio.
	{prefix: "SK", mask: hexBit, least: 32, exact: true, apart: true},
	// Package registries.
	{prefix: "npm_", mask: word, least: 30},
	{prefix: "pypi-", mask: word, least: 50, marks: "_-"},
	{prefix: "rubygems_", mask: hexBit, least: 40},
	{prefix: "dckr_oat_", mask: word, least: 20, marks: "_-"},
	{prefix: "AKCp", mask: word, least: 60, apart: true},
	{prefix: "CLOJARS_", mask: hexBit, least: 40},
	{prefix: "dckr_pat_", mask: word, least: 20, marks: "_-"},
	// Models.
	{prefix: "sk-ant-", mask: word, least: 20, marks: "_-"},
	{prefix: "sk-proj-", mask: word, least: 20, marks: "_-"},
	{prefix: "sk-svcacct-", mask: word, least: 20, marks: "_-"},
	{prefix: "sk-admin-", mask: word, least: 20, marks: "_-"},
	{prefix: "sk-", mask: word, least: 20, marks: "_-", apart: true, mixed: true},
	{prefix: "sk-or-v1-", mask: hexBit, least: 40},
	{prefix: "sk-", mask: hexBit, least: 32, exact: true, apart: true},
	{prefix: "r8_", mask: word, least: 37, exact: true, apart: true},
	{prefix: "hf_", mask: word, least: 30, apart: true},
	{prefix: "gsk_", mask: word, least: 40},
	{prefix: "xai-", mask: word, least: 60},
	{prefix: "pplx-", mask: word, least: 40},
	// Infrastructure: DigitalOcean, HashiCorp, Grafana, Sentry, and others.
	{prefix: "dop_v1_", mask: hexBit, least: 40},
	{prefix: "doo_v1_", mask: hexBit, least: 40},
	{prefix: "dor_v1_", mask: hexBit, least: 40},
	{prefix: "hvs.", mask: word, least: 20, marks: "_-"},
	{prefix: "hvb.", mask: word, least: 20, marks: "_-"},
	{prefix: "hvr.", mask: word, least: 20, marks: "_-"},
	{prefix: ".atlasv1.", mask: word, least: 40, marks: "_=-"},
	{prefix: "glsa_", mask: word, least: 32, marks: "_"},
	{prefix: "sntrys_", mask: word, least: 30, marks: "_+/=-"},
	{prefix: "pscale_tkn_", mask: word, least: 30, marks: "_.=-"},
	{prefix: "tskey-", mask: word, least: 20, marks: "-"},
	{prefix: "HRKU-", mask: word, least: 30, marks: "_-"},
	{prefix: "NRAK-", mask: word, least: 27},
	{prefix: "PMAK-", mask: hexBit, least: 24, marks: "-"},
	{prefix: "NRII-", mask: word, least: 27, marks: "_-"},
	{prefix: "NRJS-", mask: hexBit, least: 19},
	{prefix: "lin_api_", mask: word, least: 30},
	{prefix: "lin_oauth_", mask: word, least: 30},
	{prefix: "pscale_pw_", mask: word, least: 30, marks: "_.=-"},
	{prefix: "pscale_oauth_", mask: word, least: 30, marks: "_.=-"},
	{prefix: "dp.pt.", mask: word, least: 40, apart: true},
	{prefix: "dp.st.", mask: word, least: 40, marks: "_-.", apart: true},
	{prefix: "dp.ct.", mask: word, least: 40, apart: true},
	{prefix: "dp.sa.", mask: word, least: 40, apart: true},
	{prefix: "s.", mask: word, least: 24, exact: true, apart: true, mixed: true},
	{prefix: "figd_", mask: word, least: 36, marks: "_-"},
	{prefix: "ntn_", mask: word, least: 40, apart: true},
	{prefix: "secret_", mask: word, least: 43, exact: true, apart: true, mixed: true},
	{prefix: "fm2_", mask: word, least: 60, marks: "+/=_-", apart: true},
	{prefix: "sbp_", mask: hexBit, least: 40, apart: true},
	{prefix: "glc_", mask: word, least: 40, marks: "+/=", apart: true},
	{prefix: "sntryu_", mask: hexBit, least: 60},
	{prefix: "pul-", mask: hexBit, least: 40, exact: true, apart: true},
	{prefix: "nfp_", mask: word, least: 36, apart: true},
	{prefix: "PMAT-", mask: word, least: 26, apart: true},
	{prefix: "sgp_", mask: word, least: 40, marks: "_", apart: true},
	{prefix: "shippo_live_", mask: hexBit, least: 40},
	{prefix: "waka_", mask: hexBit, least: 32, marks: "-"},
	{prefix: "tfp_", mask: word, least: 40, marks: "_-.", apart: true},
	// age.
	{prefix: "AGE-SECRET-KEY-", mask: upper | digit, least: 40, marks: "-"},
}
