package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const cldrNote = "From Unicode CLDR; licence: see NOTICE.md."

// names reads one of CLDR's name files of a locale.
func names(standards, locale, kind string) (map[string]string, error) {
	path := filepath.Join(standards, "languages", "cldr", locale, kind+".json")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Main map[string]struct {
			LocaleDisplayNames map[string]map[string]string
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, l := range file.Main {
		if found := l.LocaleDisplayNames[kind]; len(found) > 0 {
			return found, nil
		}
	}
	return nil, fmt.Errorf("%s holds no %s", path, kind)
}

// displayVariant says which of CLDR's alternatives is shown where its first
// choice is a constitutional name too long for a dateline.
var displayVariant = map[string]string{
	"HK": "short", "MO": "short", "PS": "short", "MM": "short", "KR": "short",
	"CD": "variant", "CG": "variant",
}

// usualNames are names that newsrooms write and the sources lack.
var usualNames = map[string]string{
	"AE": "UAE|U.A.E.|Emirates|الإمارات|阿联酋|阿聯|อาหรับเอมิเรตส์",
	"CZ": "Чешская Республика",
	"GB": "Great Britain|Britain|England|U.K.|بريطانيا|بريطانيا العظمى|Grande-Bretagne|Großbritannien|Gran Bretaña|Grã-Bretanha|Inggris|Britain Raya|Vương quốc Anh|Великобритания",
	"IR": "Iran|伊朗",
	"KP": "DPRK|北朝鮮|북한",
	"KR": "Korea|Republic of Korea|ROK|كوريا|南韩|대한민국|Hàn Quốc|韓國",
	"MM": "Burma",
	"NL": "Holland|The Netherlands|هولندا",
	"PH": "The Philippines",
	"SA": "السعودية|KSA|Saudi|沙特|沙烏地阿拉伯",
	"SY": "Syria",
	"TW": "Taiwan, Province of China|臺灣",
	"US": "U.S.|U.S.A.|America|United States of America|米国|أمريكا|الولايات المتحدة الأمريكية|أميركا|Amerika Serikat|Amerika Syarikat|Estados Unidos de América|EE.UU.|EE. UU.|EUA|США|États-Unis d’Amérique|USA|Vereinigte Staaten von Amerika|미합중국",
	"VN": "Viet Nam",
}

// countries makes the table of ISO 3166-1: alpha-2, alpha-3, a name per
// language, and further names.
func countries(standards string) ([][]string, string, error) {
	codes, official, err := unNames(standards)
	if err != nil {
		return nil, "", err
	}
	header := append(append([]string{"alpha2", "alpha3"}, tags...), "others")
	rows := [][]string{header}
	byTag := map[string]map[string]string{}
	for _, tag := range append(slices.Clone(tags), "pt-PT") {
		if byTag[tag], err = names(standards, tag, "territories"); err != nil {
			return nil, "", err
		}
	}
	for _, code := range slices.Sorted(mapKeys(codes)) {
		row := []string{code, codes[code]}
		var others []string
		for _, tag := range append(slices.Clone(tags), "pt-PT") {
			name := byTag[tag][code]
			if name == "" {
				return nil, "", fmt.Errorf("CLDR has no name for %s in %s", code, tag)
			}
			if shown := byTag[tag][code+"-alt-"+displayVariant[code]]; shown != "" {
				others = append(others, name)
				name = shown
			}
			for _, alt := range []string{"short", "variant"} {
				others = append(others, byTag[tag][code+"-alt-"+alt])
			}
			if tag == "pt-PT" { // one Portuguese is shown, both are found
				others = append(others, name)
				continue
			}
			row = append(row, name)
		}
		others = append(others, official[code]...)
		others = append(others, strings.Split(usualNames[code], "|")...)
		rows = append(rows, append(row, strings.Join(distinct(others, row[2:]), "|")))
	}
	return rows, cldrNote, nil
}

// unNames reads the ISO codes and the UN's official names.
func unNames(standards string) (alpha3 map[string]string, official map[string][]string, err error) {
	file, err := os.Open(filepath.Join(standards, "languages", "country-codes.csv"))
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	alpha3, official = map[string]string{}, map[string][]string{}
	for _, r := range records[1:] {
		code := r[column["ISO3166-1-Alpha-2"]]
		if code == "" {
			continue
		}
		alpha3[code] = r[column["ISO3166-1-Alpha-3"]]
		for _, l := range []string{"ar", "cn", "en", "es", "fr", "ru"} {
			official[code] = append(official[code], r[column["official_name_"+l]])
		}
	}
	return alpha3, official, nil
}

// distinct returns what is in names and not in known, ignoring case, sorted.
func distinct(names, known []string) []string {
	seen := map[string]bool{"": true}
	for _, name := range known {
		seen[strings.ToLower(name)] = true
	}
	var kept []string
	for _, name := range names {
		name = strings.TrimSpace(name)
		if key := strings.ToLower(name); !seen[key] {
			seen[key] = true
			kept = append(kept, name)
		}
	}
	slices.Sort(kept)
	return kept
}

// scriptNames name the scripts of Chinese where CLDR leaves them to be composed
// of language and script.
var scriptNames = map[string]map[string]string{
	"id": {"zh-Hans": "Tionghoa Sederhana", "zh-Hant": "Tionghoa Tradisional"},
	"ko": {"zh-Hans": "중국어(간체)", "zh-Hant": "중국어(번체)"},
	"vi": {"zh-Hans": "Tiếng Trung (Giản thể)", "zh-Hant": "Tiếng Trung (Phồn thể)"},
}

// languages makes the table of the wire's languages, named in each of them.
func languages(standards string) ([][]string, string, error) {
	rows := [][]string{append([]string{"tag"}, tags...)}
	for _, tag := range tags {
		rows = append(rows, []string{tag})
	}
	for _, in := range tags {
		found, err := names(standards, in, "languages")
		if err != nil {
			return nil, "", err
		}
		for i, tag := range tags {
			name := found[tag]
			if name == "" {
				name = scriptNames[in][tag]
			}
			if name == "" {
				return nil, "", fmt.Errorf("CLDR has no name for %s in %s", tag, in)
			}
			rows[i+1] = append(rows[i+1], name)
		}
	}
	return rows, cldrNote, nil
}
