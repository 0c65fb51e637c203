package ingest

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/wireroom/wireroom/internal/wire"
)

// markets are the names that releases use for exchanges, with their ISO 10383
// codes.
var markets = map[string]string{
	"NYSE": "XNYS", "NASDAQ": "XNAS", "NYSE AMERICAN": "XASE", "NYSEAMERICAN": "XASE", "OTCQX": "OTCQ", "OTCQB": "OTCB",
	"TSX": "XTSE", "TSXV": "XTSX", "TSX-V": "XTSX", "CSE": "XCNQ", "B3": "BVMF", "BOVESPA": "BVMF", "BMV": "XMEX", "BVL": "XLIM",
	"LSE": "XLON", "AIM": "AIMX", "EURONEXT": "XPAR", "EURONEXT PARIS": "XPAR", "EURONEXT AMSTERDAM": "XAMS", "EURONEXT BRUSSELS": "XBRU",
	"EURONEXT LISBON": "XLIS", "EURONEXT DUBLIN": "XDUB", "OSE": "XOSL", "OSLO": "XOSL", "FWB": "XFRA", "FRA": "XFRA", "XETRA": "XETR", "ETR": "XETR",
	"SIX": "XSWX", "BME": "XMAD", "BIT": "XMIL", "STO": "XSTO", "CPH": "XCSE", "HEL": "XHEL", "WSE": "XWAR", "BIST": "XIST", "MOEX": "MISX",
	"TADAWUL": "XSAU", "ADX": "XADS", "DFM": "XDFM", "QSE": "DSMD", "EGX": "XCAI", "TASE": "XTAE", "JSE": "XJSE",
	"TSE": "XTKS", "TYO": "XTKS", "KRX": "XKRX", "KOSPI": "XKRX", "KOSDAQ": "XKOS", "HKEX": "XHKG", "HKSE": "XHKG", "SEHK": "XHKG",
	"SSE": "XSHG", "SHA": "XSHG", "SZSE": "XSHE", "SHE": "XSHE", "TWSE": "XTAI", "TPEX": "ROCO", "SGX": "XSES", "BURSA": "XKLS", "KLSE": "XKLS",
	"SET": "XBKK", "IDX": "XIDX", "HOSE": "XSTC", "HNX": "HSTC", "PSE": "XPHS", "NSE": "XNSE", "BSE": "XBOM", "ASX": "XASX", "NZX": "XNZE",
}

func (d *document) setInstruments(n ast.Node) error {
	return d.each(n, func(n ast.Node) error {
		var in wire.Instrument
		if s, ok := scalar(n); ok {
			if s == "" {
				return nil
			}
			market, ticker, found := strings.Cut(s, ":")
			market, ticker = strings.ToUpper(strings.TrimSpace(market)), strings.TrimSpace(ticker)
			if !found {
				if in.ISIN = market; !validISIN(in.ISIN) {
					return d.fail(frontLine(n), "instrument %q is neither MARKET:TICKER nor an ISIN", displayName(s))
				}
			} else {
				if in.MIC = markets[market]; in.MIC == "" {
					in.MIC = market
				}
				in.Ticker = ticker
			}
		} else if err := d.instrumentFields(n, &in); err != nil {
			return err
		}
		if problem := instrumentProblem(in); problem != "" {
			return d.fail(frontLine(n), "instrument: %s", problem)
		}
		d.front.Instruments = append(d.front.Instruments, in)
		return nil
	})
}

func (d *document) instrumentFields(n ast.Node, in *wire.Instrument) error {
	fields := map[string]*string{"isin": &in.ISIN, "mic": &in.MIC, "ticker": &in.Ticker, "lei": &in.LEI}
	return d.mapping(n, "an instrument", func(key string, value ast.Node) (bool, error) {
		field, known := fields[key]
		if !known {
			return false, nil
		}
		s, err := d.word(value, "instrument "+key)
		if key != "ticker" {
			s = strings.ToUpper(s)
		}
		*field = s
		return true, err
	}, "isin, ticker, mic and lei")
}

// instrumentProblem says what is wrong with an instrument, "" for nothing. The
// check digits of ISIN and LEI are verified: a slip there reaches the readers of
// another company.
func instrumentProblem(in wire.Instrument) string {
	switch {
	case in == wire.Instrument{}:
		return "is empty; give isin, ticker and mic, or lei"
	case in.ISIN != "" && !validISIN(in.ISIN):
		return quote(in.ISIN) + " is not an ISIN: twelve characters with a right check digit"
	case in.LEI != "" && !validLEI(in.LEI):
		return quote(in.LEI) + " is not an LEI: twenty characters with right check digits"
	case in.MIC != "" && (len(in.MIC) != 4 || !alphanumeric(in.MIC)):
		return quote(in.MIC) + " is not a market; give its ISO 10383 code (MIC), such as XNYS"
	case len(in.Ticker) > 20 || strings.ContainsFunc(in.Ticker, wire.ForbiddenRune) || strings.ContainsAny(in.Ticker, " \n\t\"<>"):
		return quote(in.Ticker) + " is not a ticker"
	case in.MIC != "" && in.Ticker == "" && in.ISIN == "":
		return "a market needs a ticker or an ISIN with it"
	}
	return ""
}

func alphanumeric(s string) bool {
	for _, b := range []byte(s) {
		if (b < '0' || b > '9') && (b < 'A' || b > 'Z') {
			return false
		}
	}
	return true
}

// validISIN checks the form and the check digit (ISO 6166 annex A: the Luhn
// formula over the digits, letters counting 10 to 35).
func validISIN(s string) bool {
	if len(s) != 12 || !alphanumeric(s) || s[0] < 'A' || s[1] < 'A' || s[11] > '9' {
		return false
	}
	var digits []int
	for _, b := range []byte(s) {
		if v := letterValue(b); v > 9 {
			digits = append(digits, v/10, v%10)
		} else {
			digits = append(digits, v)
		}
	}
	sum := 0
	for i := range digits {
		v := digits[len(digits)-1-i]
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// validLEI checks the form and the check digits (ISO 17442: ISO 7064 mod 97-10).
func validLEI(s string) bool {
	if len(s) != 20 || !alphanumeric(s) {
		return false
	}
	rest := 0
	for _, b := range []byte(s) {
		if v := letterValue(b); v > 9 {
			rest = (rest*100 + v) % 97
		} else {
			rest = (rest*10 + v) % 97
		}
	}
	return rest == 1
}

func letterValue(b byte) int {
	if b >= 'A' {
		return int(b-'A') + 10
	}
	return int(b - '0')
}

// mergeInstrument adds an instrument unless it is there. Formats name ticker,
// ISIN and LEI apart, and some the whole beside them: what says less than
// another is that other.
func mergeInstrument(all []wire.Instrument, in wire.Instrument) []wire.Instrument {
	if slices.ContainsFunc(all, func(other wire.Instrument) bool { return partOf(in, other) }) {
		return all
	}
	first := slices.IndexFunc(all, func(other wire.Instrument) bool { return partOf(other, in) })
	if first < 0 {
		return append(all, in)
	}
	all[first] = in
	rest := slices.DeleteFunc(all[first+1:], func(other wire.Instrument) bool { return partOf(other, in) })
	return all[:first+1+len(rest)]
}

func partOf(part, whole wire.Instrument) bool {
	same := func(a, b string) bool { return a == "" || a == b }
	return same(part.Ticker, whole.Ticker) && same(part.ISIN, whole.ISIN) && same(part.LEI, whole.LEI) && same(part.MIC, whole.MIC)
}
