package directory

import (
	"slices"
	"strconv"
	"strings"
)

// market is the readers of one language in one country.
type market struct {
	language, country string
	weight            float64
	*tongue
}

// audience is how many of a thousand readers read a language, and where they
// are: countries with their weights within it.
type audience struct {
	language string
	share    float64
	homes    string
}

var audiences = []audience{
	{"en", 160, `US:22 GB:14 IN:9 AU:6 CA:6 SG:4 NG:4 ZA:4 PH:4 KE:3 IE:3 PK:3 IT:3 GH:2 NZ:2 HK:2 BD:2 NL:2 SE:2 PL:2 TR:2 IL:2 AE:2
		LK:1 NO:1 DK:1 FI:1 CZ:1 HU:1 RO:1 BG:1 GR:1 HR:1 RS:1 SK:1 LT:1 LV:1 EE:1 ET:1 NP:1 MM:1 KH:1 LA:1 CY:1 UA:1 MY:1 GE:1`},
	{"ar", 112, `EG:18 SA:18 AE:14 MA:8 DZ:8 IQ:7 JO:6 KW:6 QA:5 LB:5 TN:5 OM:5 BH:4`},
	{"zh-Hans", 76, `CN:83 SG:9 MY:8`},
	{"es", 84, `ES:26 MX:24 AR:14 CO:11 CL:8 PE:7 US:5 EC:4 CR:3 GT:3 PA:3`},
	{"fr", 76, `FR:55 BE:9 CA:8 CH:6 MA:5 CI:5 CM:4 DZ:3 TN:3 LU:2 LB:1`},
	{"de", 72, `DE:70 AT:16 CH:12 LU:2`},
	{"ja", 60, `JP:100`},
	{"pt", 56, `BR:76 PT:24`},
	{"ru", 52, `RU:60 KZ:22 AZ:9 GE:5 LV:3 EE:2`},
	{"zh-Hant", 50, `TW:58 HK:42`},
	{"ko", 44, `KR:100`},
	{"id", 42, `ID:100`},
	{"vi", 38, `VN:100`},
	{"th", 38, `TH:100`},
	{"ms", 40, `MY:84 BN:11 SG:5`},
}

// markets returns every market, those first that are needed for every language
// and then every country to have one.
func markets() []market {
	var all []market
	for _, a := range audiences {
		t := newTongue(a.language)
		sum := 0.0
		start := len(all)
		for _, home := range strings.Fields(a.homes) {
			country, weight, _ := strings.Cut(home, ":")
			w, _ := strconv.ParseFloat(weight, 64)
			all = append(all, market{language: a.language, country: country, weight: w, tongue: t})
			sum += w
		}
		for i := start; i < len(all); i++ {
			all[i].weight *= a.share / sum
		}
	}
	languages, countries := map[string]bool{}, map[string]bool{}
	need := make([]int, len(all))
	for i, m := range all {
		if need[i] = 3; !languages[m.language] {
			need[i] = 1
			languages[m.language], countries[m.country] = true, true
		}
	}
	for i, m := range all {
		if need[i] == 3 && !countries[m.country] {
			need[i] = 2
			countries[m.country] = true
		}
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return need[a] - need[b] })
	sorted := make([]market, len(all))
	for i, j := range order {
		sorted[i] = all[j]
	}
	return sorted
}

// apportion shares n out over the markets by weight, one to each as far as n
// goes; the sum is exactly n (largest remainders).
func apportion(n int, all []market) []int {
	shares := make([]int, len(all))
	left := n
	for i := range all {
		if left > 0 {
			shares[i]++
			left--
		}
	}
	sum := 0.0
	for _, m := range all {
		sum += m.weight
	}
	type remainder struct {
		market int
		part   float64
	}
	rest, spread := make([]remainder, len(all)), left
	for i, m := range all {
		exact := float64(spread) * m.weight / sum
		shares[i] += int(exact)
		left -= int(exact)
		rest[i] = remainder{i, exact - float64(int(exact))}
	}
	slices.SortStableFunc(rest, func(a, b remainder) int {
		switch {
		case a.part > b.part:
			return -1
		case a.part < b.part:
			return 1
		}
		return 0
	})
	for i := 0; left > 0; i, left = i+1, left-1 {
		shares[rest[i%len(rest)].market]++
	}
	return shares
}
