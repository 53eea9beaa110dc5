/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/record/record-fixture.h"

#include <string.h>

/* Every rule and every refusal of it, as scripts of commands: kind, body, what becomes of it. */

#define KEY(letter) "ed25519:" letter "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define UUID(n) "00000000-0000-7000-8000-0000000001" n
#define HASH_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define HASH_D "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define HEADER "'begins':'2026-12-01T08:00:00+07:00','ends':'2026-12-01T11:30:00+07:00'"
#define BYTES(hash) "'sha256':'" hash "','size':10,'file':'p.pdf'"

static const Step sites[] = {
  { "site-add", "{'id':'xa-a','name':'Xã A'}", 0 },
  { "site-add", "{'id':'xa-a','name':'Xã A mới'}", REFUSED (EXISTS), "site “xa-a” exists with another name or parent" },
  { "site-add", "{'id':'xa-e','name':'E','parent':'xa-z'}", REFUSED (MISSING), "field “parent”: no site “xa-z”" },
  { "site-add", "{'id':'xa-e','name':'E','parent':'xa-e'}", REFUSED (MISSING), "field “parent”: no site “xa-e”" },
  { "site-add", "{'id':'xa-e','name':''}", REFUSED (FIELD), "site-add: field “name”: is empty" },
  { "site-change", "{'id':'xa-z','name':'Z'}", REFUSED (MISSING), "no site “xa-z”" },
  { "site-change", "{'id':'xa-b','name':'B','parent':'xa-z'}", REFUSED (MISSING), "field “parent”: no site “xa-z”" },
  { "site-change", "{'id':'xa-a','name':'Xã A','parent':'xa-a'}", REFUSED (STATE), "“xa-a” lies below “xa-a”" },
  { "site-change", "{'id':'xa-a','name':'Xã A','parent':'xa-c'}", REFUSED (STATE), "“xa-c” lies below “xa-a”" },
  { "site-change", "{'id':'xa-c','name':'Xã C','parent':'xa-b'}", 0 },
  { "site-change", "{'id':'xa-c','name':'Xã C'}", 1 },
  { "site-change", "{'id':'xa-a','name':'Xã A','parent':'xa-c'}", 1 },
  { "site-add", "{'id':'xa-a','name':'Xã A'}", REFUSED (EXISTS), "exists with another name or parent" },
};

#define PERSON(n) UUID ("1" n)

static const Step people[] = {
  { "person-add", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái','title':'Chủ tịch','agency':'UBND tỉnh'}", 1 },
  { "person-add", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái','title':'Chủ tịch','agency':'UBND tỉnh'}", 0 },
  { "person-add", "{'id':'" PERSON ("1") "','name':'Ai khác'}", REFUSED (EXISTS), "person “" PERSON ("1") "” exists" },
  { "person-add", "{'id':'" PERSON ("2") "','name':'Vàng A Sử'}", 1 },
  { "person-change", "{'id':'" PERSON ("9") "','name':'X'}", REFUSED (MISSING), "no person “" PERSON ("9") "”" },
  { "person-change", "{'id':'" PERSON ("2") "','name':'Vàng A Sử'}", 0 },
  { "person-change", "{'id':'" PERSON ("2") "','name':'Vàng A Sử','title':'Phó Chủ tịch'}", 1 },
  { "person-key", "{'id':'" PERSON ("1") "','key':'" KEY ("A") "'}", 1 },
  { "person-key", "{'id':'" PERSON ("1") "','key':'" KEY ("A") "'}", 0 },
  { "person-key", "{'id':'" PERSON ("2") "','key':'" KEY ("A") "'}", REFUSED (EXISTS), "field “key”: was used before" },
  { "person-key", "{'id':'" PERSON ("1") "','key':'" KEY ("B") "'}", 1 },
  { "person-key", "{'id':'" PERSON ("1") "','key':'" KEY ("A") "'}", REFUSED (EXISTS), "field “key”: was used before" },
  { "person-change", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái'}", 1 },
  { "group-add", "{'id':'thuong-truc','name':'Thường trực','sites':[],'persons':['" PERSON ("8") "']}", REFUSED (MISSING),
    "field “persons[0]”: no person “" PERSON ("8") "”" },
  { "group-add", "{'id':'thuong-truc','name':'Thường trực','sites':[],'persons':['" PERSON ("2") "']}", 1 },
  { "person-retire", "{'id':'" PERSON ("9") "'}", REFUSED (MISSING), "no person" },
  { "person-retire", "{'id':'" PERSON ("2") "','reason':'Nghỉ hưu'}", 1 },
  { "person-retire", "{'id':'" PERSON ("2") "'}", 0 },
  { "person-key", "{'id':'" PERSON ("2") "','key':'" KEY ("C") "'}", REFUSED (STATE), "has left" },
  { "person-change", "{'id':'" PERSON ("2") "','name':'V'}", REFUSED (STATE), "has left" },
};

static const Step participants[] = {
  { "person-add", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái'}", 1 },
  { "person-add", "{'id':'" PERSON ("2") "','name':'Vàng A Sử'}", 1 },
  { "person-add", "{'id':'" PERSON ("3") "','name':'Giàng Seo Páo'}", 1 },
  { "meeting-prepare", "{'title':'Họp'," HEADER "}", 1 },
  { "participant-add", "{'id':'" PERSON ("9") "','name':'X','role':'member'}", REFUSED (MISSING), "no person" },
  { "participant-add", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái','role':'king'}", REFUSED (FIELD), "field “role”: “king” is none" },
  { "participant-add", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái','role':'chair','site':'xa-z'}", REFUSED (MISSING), "no site “xa-z”" },
  { "participant-add", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái','role':'chair','site':'xa-a','seat':'01'}", 1 },
  { "participant-add", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái','role':'chair','site':'xa-a','seat':'01'}", 0 },
  { "participant-add", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái','role':'member'}", REFUSED (EXISTS), "“Lò Thị Ái” takes part already" },
  { "participant-add", "{'id':'" PERSON ("2") "','name':'Vàng A Sử','role':'chair'}", REFUSED (STATE), "“Lò Thị Ái” has the chair" },
  { "participant-add", "{'id':'" PERSON ("2") "','name':'Vàng A Sử','role':'secretary'}", 1 },
  { "participant-change", "{'id':'" PERSON ("3") "','name':'P','role':'member'}", REFUSED (MISSING), "does not take part" },
  { "participant-add", "{'id':'" PERSON ("3") "','name':'Giàng Seo Páo','role':'member'}", 1 },
  { "participant-change", "{'id':'" PERSON ("3") "','name':'Giàng Seo Páo','role':'chair'}", REFUSED (STATE), "has the chair" },
  { "participant-change", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái','role':'chair','site':'xa-b'}", 1 },
  { "item-add", "{'id':'a','position':0,'title':'A'}", 1 },
  { "paper-add", "{'id':'p','item':'a','position':0,'title':'P'," BYTES (HASH_A) ",'readers':['" PERSON ("3") "']}", 1 },
  { "paper-add", "{'id':'q','item':'a','position':0,'title':'Q'," BYTES (HASH_A) ",'readers':['" PERSON ("9") "']}",
    REFUSED (MISSING), "field “readers[0]”: no site, group or participant" },
  { "participant-remove", "{'id':'" PERSON ("9") "'}", 0 },
};

static const Step groups[] = {
  { "group-add", "{'id':'ban','name':'Ban chỉ đạo','sites':['xa-b','xa-c']}", 0 },
  { "group-add", "{'id':'ban','name':'Ban','sites':['xa-b','xa-c']}", REFUSED (EXISTS), "group “ban” exists with another" },
  { "group-add", "{'id':'to','name':'Tổ','sites':['xa-a','xa-z']}", REFUSED (MISSING), "field “sites[1]”: no site “xa-z”" },
  { "group-add", "{'id':'to','name':'Tổ','sites':['xa-a','xa-a']}", REFUSED (FIELD), "field “sites[1]”: “xa-a” stands" },
  { "group-add", "{'id':'to','name':'Tổ','sites':[]}", 1 },
  { "group-change", "{'id':'nhom','name':'Nhóm','sites':[]}", REFUSED (MISSING), "no group “nhom”" },
  { "group-change", "{'id':'to','name':'Tổ','sites':['xa-z']}", REFUSED (MISSING), "field “sites[0]”: no site “xa-z”" },
  { "group-change", "{'id':'to','name':'Tổ','sites':[]}", 0 },
  { "group-change", "{'id':'to','name':'Tổ','sites':['xa-d']}", 1 },
};

#define DEVICE(id, hash, key, more) \
  "{'id':'" id "','name':'Ghế','profile':'seat','certificate':'" hash "','key':'" key "'" more "}"

static const Step devices[] = {
  { "device-add", DEVICE (UUID ("01"), HASH_A, KEY ("A"), ",'site':'xa-a'"), 1 },
  { "device-add", DEVICE (UUID ("01"), HASH_A, KEY ("A"), ",'site':'xa-a'"), REFUSED (EXISTS), "device “" UUID ("01") "” exists" },
  { "device-add", DEVICE (UUID ("02"), HASH_A, KEY ("B"), ""), REFUSED (EXISTS), "field “certificate”: device “Ghế”" },
  { "device-add", DEVICE (UUID ("02"), HASH_B, KEY ("A"), ""), REFUSED (EXISTS), "field “key”: device “Ghế”" },
  { "device-add", DEVICE (UUID ("02"), HASH_B, KEY ("B"), ",'site':'xa-z'"), REFUSED (MISSING), "field “site”: no site “xa-z”" },
  { "device-add", DEVICE (UUID ("02"), HASH_B, KEY ("B"), ",'from':'2027-01-01T00:00:00Z','until':'2027-01-01T00:00:00Z'"),
    REFUSED (TIME), "field “until”: not after “from”" },
  { "device-add", DEVICE (UUID ("02"), HASH_B, KEY ("B"), ",'until':'2025-01-01T00:00:00Z'"), REFUSED (TIME),
    "field “until”: not after “from”" },
  { "device-add", "{'id':'" UUID ("02") "','name':'Máy chủ','profile':'hub','certificate':'" HASH_B "','key':'" KEY ("B") "'}",
    REFUSED (FORBIDDEN), "field “profile”: only the hub adds a hub" },
  { "device-add", "{'id':'" UUID ("02") "','name':'Máy','profile':'king','certificate':'" HASH_B "','key':'" KEY ("B") "'}",
    REFUSED (FIELD), "field “profile”: “king” is none of seat, room, display, admin, hub" },
  { "device-add", DEVICE (UUID ("02"), HASH_B, KEY ("B"), ",'from':'2020-01-01T00:00:00Z','until':'2021-01-01T00:00:00Z'"), 1 },
  { "device-renew", "{'id':'" UUID ("09") "','certificate':'" HASH_C "'}", REFUSED (MISSING), "no device “" UUID ("09") "”" },
  { "device-renew", "{'id':'" UUID ("02") "','certificate':'" HASH_C "','used':true}", REFUSED (STATE),
    "field “certificate”: not one that the device got" },
  { "device-renew", "{'id':'" UUID ("02") "','certificate':'" HASH_A "'}", REFUSED (EXISTS), "“Ghế” has the same one" },
  { "device-renew", "{'id':'" UUID ("02") "','certificate':'" HASH_C "'}", 1 },
  { "device-renew", "{'id':'" UUID ("02") "','certificate':'" HASH_C "'}", 0 },
  { "device-add", DEVICE (UUID ("04"), HASH_C, KEY ("D"), ""), REFUSED (EXISTS), "field “certificate”" },
  { "device-renew", "{'id':'" UUID ("02") "','certificate':'" HASH_B "','used':true}", 0 },
  { "device-renew", "{'id':'" UUID ("02") "','certificate':'" HASH_C "','used':true}", 1 },
  { "device-renew", "{'id':'" UUID ("02") "','certificate':'" HASH_C "','used':true}", 0 },
  { "device-add", DEVICE (UUID ("04"), HASH_B, KEY ("D"), ""), 1 },
  { "device-revoke", "{'id':'" UUID ("09") "'}", REFUSED (MISSING), "no device “" UUID ("09") "”" },
  { "device-revoke", "{'id':'" UUID ("01") "','reason':'Mất'}", 1 },
  { "device-revoke", "{'id':'" UUID ("01") "','reason':'Mất'}", 0 },
  { "device-renew", "{'id':'" UUID ("01") "','certificate':'" HASH_D "'}", REFUSED (STATE), "was revoked" },
  { "device-add", DEVICE (UUID ("03"), HASH_D, KEY ("A"), ""), REFUSED (EXISTS), "field “key”: device “Ghế” has the same one" },
};

static const Step meetings[] = {
  { "meeting-change", "{'title':'Họp'," HEADER "}", REFUSED (MISSING), "“meeting-change”: no stream “" MEETING "”" },
  { "meeting-publish", "{}", REFUSED (MISSING), "no stream" },
  { "meeting-prepare", "{'title':'Họp','begins':'2026-12-01T08:00:00Z','ends':'2026-12-01T08:00:00Z'}", REFUSED (TIME),
    "field “ends”: not after “begins”" },
  { "meeting-prepare", "{'title':'Họp','begins':'2026-11-23T08:00:00Z','ends':'2026-11-24T00:59:59Z'}", REFUSED (TIME),
    "field “ends”: “2026-11-24T00:59:59Z” is past" },
  { "meeting-prepare", "{'title':'Họp'," HEADER ",'sites':['xa-a','xa-z']}", REFUSED (MISSING),
    "field “sites[1]”: the body has no site “xa-z”" },
  { "meeting-prepare", "{'title':'Họp'," HEADER ",'colour':'red'}", REFUSED (FIELD), "meeting-prepare: field “colour”" },
  { "meeting-prepare", "{'title':'Họp'," HEADER ",'sites':['xa-a']}", 1 },
  { "meeting-prepare", "{'title':'Họp'," HEADER ",'sites':['xa-a']}", REFUSED (EXISTS), "stream “" MEETING "” is founded" },
  { "meeting-change", "{'title':'Họp','begins':'2026-12-01T01:00:00Z','ends':'2026-12-01T04:30:00.000Z','sites':['xa-a']}", 0 },
  { "meeting-change", "{'title':'Họp'," HEADER "}", 1 },
  { "meeting-change", "{'title':'Họp'," HEADER ",'sites':[]}", 0 },
  { "meeting-change", "{'title':'Họp'," HEADER ",'sites':['ban']}", REFUSED (MISSING), "field “sites[0]”" },
  { "meeting-change", "{'title':'Họp','begins':'2026-12-01T08:00:00Z','ends':'2026-11-01T08:00:00Z'}", REFUSED (TIME),
    "field “ends”: not after “begins”" },
  { "meeting-change", "{'title':'Họp','begins':'2026-11-20T08:00:00Z','ends':'2026-11-20T09:00:00Z'}", 1 },
  { "meeting-publish", "{'now':true}", REFUSED (FIELD), "meeting-publish: field “now”: is unknown" },
  { "meeting-publish", "{}", 1 },
  { "meeting-publish", "{}", 0 },
  { "meeting-change", "{'title':'Họp lại'," HEADER "}", 1 },
  { "meeting-publish", "{}", 0 },
};

static const Step cancelled[] = {
  { "meeting-prepare", "{'title':'Họp'," HEADER "}", 1 },
  { "item-add", "{'id':'a','position':0,'title':'A'}", 1 },
  { "paper-add", "{'id':'p','item':'a','position':0,'title':'P'," BYTES (HASH_A) "}", 1 },
  { "meeting-cancel", "{'reason':'Bão'}", 1 },
  { "meeting-cancel", "{'reason':'Lũ'}", 0 },
  { "meeting-change", "{'title':'Họp'," HEADER "}", REFUSED (STATE), "the meeting is cancelled" },
  { "meeting-publish", "{}", REFUSED (STATE), "the meeting is cancelled" },
  { "item-add", "{'id':'b','position':0,'title':'B'}", REFUSED (STATE), "the meeting is cancelled" },
  { "item-add", "{'id':'a','position':0,'title':'A'}", 0 },
  { "item-change", "{'id':'a','position':1,'title':'A'}", REFUSED (STATE), "the meeting is cancelled" },
  { "item-remove", "{'id':'a'}", REFUSED (STATE), "the meeting is cancelled" },
  { "paper-add", "{'id':'q','item':'a','position':0,'title':'Q'," BYTES (HASH_A) "}", REFUSED (STATE), "the meeting is cancelled" },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'Q'}", REFUSED (STATE), "the meeting is cancelled" },
  { "paper-replace", "{'id':'p'," BYTES (HASH_B) "}", REFUSED (STATE), "the meeting is cancelled" },
  /* What was sent out wrongly can be taken back even then. */
  { "paper-recall", "{'id':'p'}", 1 },
};

static const Step items[] = {
  { "meeting-prepare", "{'title':'Họp'," HEADER "}", 1 },
  { "item-add", "{'id':'a','position':0,'title':'A'}", 1 },
  { "item-add", "{'id':'a','position':0,'title':'A'}", 0 },
  { "item-add", "{'id':'a','position':1,'title':'A'}", REFUSED (EXISTS), "item “a” exists" },
  { "item-add", "{'id':'b','position':0,'title':'B','parent':'z'}", REFUSED (MISSING), "field “parent”: no item “z”" },
  { "item-add", "{'id':'b','position':0,'title':'B','parent':'b'}", REFUSED (MISSING), "field “parent”: no item “b”" },
  { "item-add", "{'id':'b','position':0,'title':'B','parent':'a'}", 1 },
  { "item-add", "{'id':'c','position':0,'title':'C','parent':'b'}", 1 },
  { "item-add", "{'id':'d','position':0,'title':'D','parent':'c'}", 1 },
  { "item-add", "{'id':'e','position':0,'title':'E','parent':'d'}", REFUSED (STATE), "“d” is below it or too deep" },
  { "item-add", "{'id':'e','position':10001,'title':'E'}", REFUSED (FIELD), "field “position”: 10001 is not between 0 and" },
  { "item-add", "{'id':'e','position':0,'title':'E','minutes':0}", REFUSED (FIELD), "field “minutes”: 0 is not between 1 and" },
  { "item-change", "{'id':'z','position':0,'title':'Z'}", REFUSED (MISSING), "no item “z”" },
  { "item-change", "{'id':'b','position':0,'title':'B','parent':'z'}", REFUSED (MISSING), "field “parent”: no item “z”" },
  { "item-change", "{'id':'a','position':0,'title':'A','parent':'a'}", REFUSED (STATE), "“a” is below it" },
  { "item-change", "{'id':'a','position':0,'title':'A','parent':'b'}", REFUSED (STATE), "“b” is below it" },
  { "item-change", "{'id':'b','position':0,'title':'B','parent':'d'}", REFUSED (STATE), "“d” is below it" },
  { "item-change", "{'id':'b','position':0,'title':'B','parent':'a'}", 0 },
  { "item-change", "{'id':'b','position':3,'title':'B'}", 1 },
  { "item-change", "{'id':'a','position':0,'title':'A','parent':'b','agency':'Sở Y tế'}", 1 },
  { "item-remove", "{'id':'b'}", REFUSED (STATE), "item “b” still has item" },
  { "paper-add", "{'id':'p','item':'d','position':0,'title':'P'," BYTES (HASH_A) "}", 1 },
  { "item-remove", "{'id':'d'}", REFUSED (STATE), "item “d” still has paper “p”" },
  { "paper-recall", "{'id':'p'}", 1 },
  { "item-remove", "{'id':'d'}", 1 },
  { "item-remove", "{'id':'d'}", 0 },
  { "item-remove", "{'id':'never'}", 0 },
  { "paper-recall", "{'id':'p'}", REFUSED (MISSING), "no paper “p”" },
};

static const Step papers[] = {
  { "meeting-prepare", "{'title':'Họp'," HEADER "}", 1 },
  { "item-add", "{'id':'a','position':0,'title':'A'}", 1 },
  { "item-add", "{'id':'giay','position':1,'title':'Trên giấy','paper_only':true}", 1 },
  { "paper-add", "{'id':'p','item':'z','position':0,'title':'P'," BYTES (HASH_A) "}", REFUSED (MISSING), "field “item”: no item “z”" },
  { "paper-add", "{'id':'p','item':'giay','position':0,'title':'P'," BYTES (HASH_A) "}", REFUSED (STATE),
    "field “item”: the papers of “giay” are handed out on paper only" },
  { "paper-add", "{'id':'p','item':'a','position':0,'title':'P'," BYTES (HASH_A) ",'readers':['ban','xa-z']}", REFUSED (MISSING),
    "field “readers[1]”: no site, group or participant “xa-z”" },
  { "paper-add", "{'id':'p','item':'a','position':0,'title':'P','sha256':'" HASH_A "','size':0,'file':'p.pdf'}", REFUSED (FIELD),
    "field “size”: 0 is not between 1 and 1073741824" },
  { "paper-add", "{'id':'p','item':'a','position':0,'title':'P'," BYTES (HASH_A) ",'readers':['ban','xa-a']}", 1 },
  { "paper-add", "{'id':'p','item':'a','position':0,'title':'P'," BYTES (HASH_A) ",'readers':['ban','xa-a']}", REFUSED (EXISTS),
    "paper “p” exists" },
  { "paper-change", "{'id':'z','item':'a','position':0,'title':'Z'}", REFUSED (MISSING), "no paper “z”" },
  { "paper-change", "{'id':'p','item':'z','position':0,'title':'P','readers':['ban','xa-a']}", REFUSED (MISSING), "no item “z”" },
  { "paper-change", "{'id':'p','item':'giay','position':0,'title':'P','readers':['ban','xa-a']}", REFUSED (STATE), "on paper only" },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'P'}", REFUSED (STATE), "field “readers”: recall paper “p”" },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'P','readers':[]}", REFUSED (STATE), "field “readers”" },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'P','readers':['ban']}", REFUSED (STATE), "field “readers”" },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'P','readers':['ban','xa-b']}", REFUSED (STATE), "field “readers”" },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'P','readers':['ban','xa-a']}", 0 },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'P','readers':['xa-a','ban']}", 1 },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'P','number':'1/TTr','kind':'map','date':'2026-11-16',"
                    "'readers':['xa-a','ban']}", 1 },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'P','readers':['xa-a','ban']}", 1 },
  { "paper-replace", "{'id':'z'," BYTES (HASH_A) "}", REFUSED (MISSING), "no paper “z”" },
  { "paper-replace", "{'id':'p'," BYTES (HASH_A) "}", 0 },
  { "paper-replace", "{'id':'p'," BYTES (HASH_B) "}", 1 },
  { "paper-recall", "{'id':'z'}", REFUSED (MISSING), "no paper “z”" },
  { "paper-recall", "{'id':'p','reason':'Sai'}", 1 },
  { "paper-recall", "{'id':'p','reason':'Sai'}", 0 },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'P','readers':['xa-a','ban']}", REFUSED (MISSING), "no paper “p”" },
  { "paper-replace", "{'id':'p'," BYTES (HASH_A) "}", REFUSED (MISSING), "no paper “p”" },
  { "paper-add", "{'id':'p','item':'a','position':0,'title':'P'," BYTES (HASH_C) "}", REFUSED (STATE),
    "field “readers”: paper “p” had others" },
  { "paper-add", "{'id':'p','item':'a','position':0,'title':'P'," BYTES (HASH_C) ",'readers':['xa-a','ban']}", 1 },
};

static const Step secrets[] = {
  { "meeting-prepare", "{'title':'Họp'," HEADER "}", 1 },
  { "item-add", "{'id':'a','position':0,'title':'A'}", 1 },
  { "paper-add", "{'id':'p','item':'a','position':0,'title':'P'," BYTES (HASH_A) "}", 1 },
  { "paper-add", "{'id':'s','item':'a','position':1,'title':'S'," BYTES (HASH_C) ",'secrecy':'mat'}", REFUSED (SECRET),
    "paper-add: field “secrecy”: what is “MẬT” may not be put on a network" },
  { "paper-add", "{'id':'s','item':'a','position':1,'title':'S'," BYTES (HASH_C) ",'secrecy':'toi-mat'}", REFUSED (SECRET), "“TỐI MẬT”" },
  { "paper-add", "{'id':'s','item':'a','position':1,'title':'S'," BYTES (HASH_C) ",'secrecy':'thuong'}", REFUSED (FIELD),
    "paper-add: field “secrecy”: is unknown" },
  { "paper-add", "{'secrecy':'tuyet-mat'}", REFUSED (SECRET), "“TUYỆT MẬT”" },
  { "paper-change", "{'id':'p','item':'a','position':0,'title':'P','secrecy':'mat'}", REFUSED (SECRET), "“MẬT”" },
  { "paper-replace", "{'id':'p'," BYTES (HASH_B) ",'secrecy':'tuyet-mat'}", REFUSED (SECRET), "“TUYỆT MẬT”" },
  { "paper-replace", "{'id':'p'," BYTES (HASH_B) ",'secrecy':3}", REFUSED (FIELD), "field “secrecy”: is unknown" },
};

typedef struct {
  const Step *steps;
  gsize n_steps;
} Script;

#define SCRIPT(steps) &(const Script){ steps, G_N_ELEMENTS (steps) }

static void
test_script (gconstpointer data)
{
  const Script *script = data;
  g_autoptr (Record) record = record_new_founded ();

  record_play (record, script->steps, script->n_steps);
}

static const json_t *
object (const Record *record, const char *table, const char *key)
{
  return dinh_state_get (record->meeting, table, key);
}

/* What the script `papers` leaves: a version counts on through recalls, and what was replaced is named. */
static void
test_versions (void)
{
  static const char *const words[] = { "number", "kind", "date" };
  g_autoptr (Record) record = record_new_founded ();

  record_play (record, papers, 24);
  g_assert_cmpint (dinh_json_get_integer (object (record, "papers", "p"), "version"), ==, 2);
  g_assert_cmpstr (dinh_json_get_string (object (record, "papers", "p"), "replaces"), ==, HASH_A);
  g_assert_cmpstr (dinh_json_get_string (object (record, "papers", "p"), "sha256"), ==, HASH_B);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_null (json_object_get (object (record, "papers", "p"), words[i]));
  record_play (record, papers + 24, 1);
  g_assert_true (json_is_true (json_object_get (object (record, "papers", "p"), "recalled")));
  g_assert_cmpstr (dinh_json_get_string (object (record, "papers", "p"), "reason"), ==, "Sai");
  record_play (record, papers + 25, G_N_ELEMENTS (papers) - 25);
  g_assert_null (json_object_get (object (record, "papers", "p"), "recalled"));
  g_assert_null (json_object_get (object (record, "papers", "p"), "reason"));
  g_assert_cmpint (dinh_json_get_integer (object (record, "papers", "p"), "version"), ==, 3);
  g_assert_cmpint (dinh_json_get_integer (object (record, "papers", "p"), "seq"), ==, record->meeting->size);
}

/* An item takes its recalled papers along; whoever adds such a paper anew may choose its readers. */
static void
test_forgets_with_item (void)
{
  static const Step more[] = {
    { "item-remove", "{'id':'c'}", 1 },
    { "paper-add", "{'id':'p','item':'b','position':0,'title':'P'," BYTES (HASH_A) ",'readers':['xa-d']}", 1 },
  };
  g_autoptr (Record) record = record_new_founded ();

  record_play (record, items, G_N_ELEMENTS (items));
  g_assert_null (json_object_get (record->meeting->json, "papers"));
  record_play (record, more, G_N_ELEMENTS (more));
  g_assert_cmpint (dinh_json_get_integer (object (record, "papers", "p"), "version"), ==, 1);
}

static void
test_header (void)
{
  g_autoptr (Record) record = record_new_founded ();
  const json_t *meeting;

  record_play (record, meetings, G_N_ELEMENTS (meetings));
  meeting = json_object_get (record->meeting->json, "meeting");
  g_assert_cmpstr (dinh_json_get_string (meeting, "begins"), ==, "2026-12-01T01:00:00.000Z");
  g_assert_cmpstr (dinh_json_get_string (meeting, "status"), ==, "published");
  g_assert_nonnull (dinh_json_get_string (meeting, "published_at"));
  g_assert_cmpint ((int) json_array_size (json_object_get (meeting, "sites")), ==, 0);
  record_take (record, "meeting-cancel", "{'reason':'Bão'}");
  meeting = json_object_get (record->meeting->json, "meeting");
  g_assert_cmpstr (dinh_json_get_string (meeting, "status"), ==, "cancelled");
  g_assert_cmpstr (dinh_json_get_string (meeting, "reason"), ==, "Bão");
}

/* Events may have fields of a newer hub's; nobody has checked those, and a hash names a file. */
static void
test_unknown_fields (void)
{
  static const char *const kinds[] = { "paper-changed", "paper-recalled" };
  g_autoptr (Record) record = record_new_founded ();

  record_play (record, papers, 2);
  record_take (record, "paper-add", "{'id':'p','item':'a','position':0,'title':'P'," BYTES (HASH_A) "}");
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (DinhJson) body = parse_quoted ("{'id':'p','item':'a','position':1,'title':'P','sha256':'../../hub',"
                                              "'replaces':'../../hub','version':'x'}");
    g_autoptr (DinhCommand) cause =
      dinh_command_new ("paper-change", record->meeting->stream, UUID ("01"), 0, body, record->key);
    g_autoptr (DinhEvent) event =
      dinh_event_new (record->meeting->stream, record->meeting->size + 1, kinds[i], 1, body, cause, TRUE);

    g_assert_true (dinh_state_apply (record->meeting, event, NULL));
    g_assert_cmpstr (dinh_json_get_string (object (record, "papers", "p"), "sha256"), ==, HASH_A);
    g_assert_null (json_object_get (object (record, "papers", "p"), "replaces"));
    g_assert_cmpint (dinh_json_get_integer (object (record, "papers", "p"), "version"), ==, 1);
  }
}

static void
test_devices_have_dates (void)
{
  g_autoptr (Record) record = record_new_founded ();

  record_play (record, devices, G_N_ELEMENTS (devices));
  g_assert_cmpstr (dinh_json_get_string (dinh_state_get (record->body, "devices", UUID ("01")), "from"), ==,
                   "2026-11-24T01:00:00.006Z");
  g_assert_nonnull (dinh_json_get_string (dinh_state_get (record->body, "devices", UUID ("01")), "revoked"));
  g_assert_cmpstr (dinh_json_get_string (dinh_state_get (record->body, "devices", UUID ("02")), "from"), ==,
                   "2020-01-01T00:00:00Z");
  g_assert_null (dinh_json_get_string (dinh_state_get (record->body, "devices", UUID ("02")), "revoked"));
}

static void
assert_refused (Record *record, const DinhActor *actor, const char *kind, const char *quoted, int code)
{
  g_autoptr (DinhJson) body = parse_quoted (quoted);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (record_try (record, actor, kind, body, &error), ==, -1);
  g_assert_error (error, DINH_RECORD_ERROR, code);
}

/* No profile gives a command that its row does not grant, whatever the command says. */
static void
test_actors (void)
{
  static const char *const profiles[] = { "seat", "room", "display", "admin", "hub", "adm", "admin hub", "" };
  g_autoptr (Record) record = record_new_founded ();
  guint n_kinds;
  const DinhCommandKind *kinds = dinh_command_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++) {
    g_auto (GStrv) allowed = g_strsplit (kinds[i].actors, " ", -1);

    for (guint j = 0; j < G_N_ELEMENTS (profiles); j++) {
      DinhActor actor = { UUID ("01"), profiles[j], "xa-a" };

      if (!g_strv_contains ((const char *const *) allowed, profiles[j]))
        assert_refused (record, &actor, kinds[i].name, "{}", DINH_RECORD_ERROR_FORBIDDEN);
    }
  }
  assert_refused (record, &admin_actor, "no-such-kind", "{}", DINH_RECORD_ERROR_KIND);
}

/* What a person may is what the meeting says they are, and not what the device is before which they sit. */
static void
test_roles (void)
{
  const DinhActor chair = { UUID ("01"), "seat", "xa-a", PERSON ("1") };
  const DinhActor secretary = { UUID ("01"), "seat", "xa-a", PERSON ("2") };
  const DinhActor member = { UUID ("01"), "admin", NULL, PERSON ("3") };
  const DinhActor stranger = { UUID ("01"), "admin", NULL, PERSON ("7") };
  g_autoptr (Record) record = record_new_founded ();
  g_autoptr (DinhJson) item = parse_quoted ("{'id':'b','position':1,'title':'B'}");

  record_play (record, participants, G_N_ELEMENTS (participants));
  assert_refused (record, &chair, "item-add", "{'id':'b','position':1,'title':'B'}", DINH_RECORD_ERROR_FORBIDDEN);
  assert_refused (record, &member, "item-add", "{'id':'b','position':1,'title':'B'}", DINH_RECORD_ERROR_FORBIDDEN);
  assert_refused (record, &stranger, "item-add", "{'id':'b','position':1,'title':'B'}", DINH_RECORD_ERROR_FORBIDDEN);
  assert_refused (record, &secretary, "site-add", "{'id':'xa-y','name':'Y'}", DINH_RECORD_ERROR_FORBIDDEN);
  g_assert_cmpint (record_try (record, &secretary, "item-add", item, NULL), ==, 1);
  record_take (record, "participant-remove", "{'id':'" PERSON ("2") "'}");
  assert_refused (record, &secretary, "item-remove", "{'id':'b'}", DINH_RECORD_ERROR_FORBIDDEN);
}

/* A key counts for what was signed while it was the person's. */
static void
test_person_keys (void)
{
  g_autoptr (Record) record = record_new_founded ();
  gint64 first, second, ended;

  record_take (record, "person-add", "{'id':'" PERSON ("1") "','name':'Lò Thị Ái'}");
  first = record->now;
  record_take (record, "person-key", "{'id':'" PERSON ("1") "','key':'" KEY ("A") "'}");
  second = record->now;
  record_take (record, "person-key", "{'id':'" PERSON ("1") "','key':'" KEY ("B") "'}");
  ended = record->now;
  record_take (record, "person-retire", "{'id':'" PERSON ("1") "'}");
  g_assert_null (dinh_person_find_key (record->body, PERSON ("1"), first - 1));
  g_assert_cmpstr (dinh_person_find_key (record->body, PERSON ("1"), first), ==, KEY ("A"));
  g_assert_cmpstr (dinh_person_find_key (record->body, PERSON ("1"), second - 1), ==, KEY ("A"));
  g_assert_cmpstr (dinh_person_find_key (record->body, PERSON ("1"), second), ==, KEY ("B"));
  g_assert_cmpstr (dinh_person_find_key (record->body, PERSON ("1"), ended - 1), ==, KEY ("B"));
  g_assert_null (dinh_person_find_key (record->body, PERSON ("1"), ended));
  g_assert_null (dinh_person_find_key (record->body, PERSON ("2"), first));
}

/* A command of the body given to a meeting, and the other way round. */
static void
test_streams (void)
{
  static const struct {
    const char *kind;
    const char *quoted;
    int code;
  } cases[] = {
    { "site-add", "{'id':'x','name':'X'}", DINH_RECORD_ERROR_KIND },
    { "body-found", "{'name':'B','record_key':'" KEY ("A") "','device':'" UUID ("01") "'}", DINH_RECORD_ERROR_EXISTS },
  };
  g_autoptr (Record) record = record_new_founded ();
  g_autoptr (DinhState) fresh = dinh_state_new (UUID ("05"));
  g_autoptr (DinhJson) item = parse_quoted ("{'id':'a','position':0,'title':'A'}");
  g_autoptr (GPtrArray) drafts = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_draft_free);
  g_autoptr (GError) error = NULL;

  record_take (record, "meeting-prepare", "{'title':'Họp'," HEADER "}");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const DinhActor *actor = i == 0 ? &admin_actor : &hub_actor;
    g_autoptr (DinhJson) body = parse_quoted (cases[i].quoted);
    g_autoptr (DinhCommand) command = dinh_command_new (cases[i].kind, MEETING, actor->device, 0, body, record->key);
    DinhSituation meeting = { i == 0 ? record->meeting : fresh, record->body, actor, record->now };

    g_clear_error (&error);
    g_assert_false (dinh_decide (&meeting, command, drafts, &error));
    g_assert_error (error, DINH_RECORD_ERROR, cases[i].code);
  }
  g_autoptr (DinhCommand) command = dinh_command_new ("item-add", BODY, admin_actor.device, 0, item, record->key);
  DinhSituation body = { record->body, record->body, &admin_actor, record->now };
  g_clear_error (&error);
  g_assert_false (dinh_decide (&body, command, drafts, &error));
  g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_KIND);
  g_assert_cmpuint (drafts->len, ==, 0);
}

static void
test_body (void)
{
  g_autoptr (Record) record = record_new_founded ();
  g_autofree char *hub = g_strdup_printf ("{'id':'" UUID ("07") "','name':'Máy chủ','profile':'hub','certificate':'" HASH_C
                                          "','key':'" KEY ("C") "'}");
  g_autoptr (DinhJson) body = parse_quoted (hub);

  assert_refused (record, &hub_actor, "body-found",
                  "{'name':'B','record_key':'" KEY ("A") "','device':'" UUID ("01") "'}", DINH_RECORD_ERROR_EXISTS);
  g_assert_cmpint (record_try (record, &hub_actor, "device-add", body, NULL), ==, 1);
  assert_refused (record, &admin_actor, "device-revoke", "{'id':'" UUID ("07") "'}", DINH_RECORD_ERROR_STATE);
  g_assert_cmpstr (dinh_json_get_string (json_object_get (record->body->json, "body"), "name"), ==, "UBND tỉnh");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/record/rules/sites", SCRIPT (sites), test_script);
  g_test_add_data_func ("/record/rules/groups", SCRIPT (groups), test_script);
  g_test_add_data_func ("/record/rules/devices", SCRIPT (devices), test_script);
  g_test_add_data_func ("/record/rules/meetings", SCRIPT (meetings), test_script);
  g_test_add_data_func ("/record/rules/cancelled", SCRIPT (cancelled), test_script);
  g_test_add_data_func ("/record/rules/items", SCRIPT (items), test_script);
  g_test_add_data_func ("/record/rules/papers", SCRIPT (papers), test_script);
  g_test_add_data_func ("/record/rules/people", SCRIPT (people), test_script);
  g_test_add_data_func ("/record/rules/participants", SCRIPT (participants), test_script);
  g_test_add_func ("/record/rules/roles", test_roles);
  g_test_add_func ("/record/rules/person-keys", test_person_keys);
  g_test_add_data_func ("/record/rules/secrets", SCRIPT (secrets), test_script);
  g_test_add_func ("/record/rules/versions", test_versions);
  g_test_add_func ("/record/rules/forgets-with-item", test_forgets_with_item);
  g_test_add_func ("/record/rules/header", test_header);
  g_test_add_func ("/record/rules/unknown-fields", test_unknown_fields);
  g_test_add_func ("/record/rules/devices-have-dates", test_devices_have_dates);
  g_test_add_func ("/record/rules/actors", test_actors);
  g_test_add_func ("/record/rules/streams", test_streams);
  g_test_add_func ("/record/rules/body", test_body);
  return g_test_run ();
}
