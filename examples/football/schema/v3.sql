-- Team and year: each team has one row for each World Cup it took part in.
create table national_team (
    team_id integer,        -- id of the team in one World Cup
    teamname varchar,       -- English name of the country, such as Switzerland
    team_initials varchar,
    goals integer,
    year integer            -- year of the World Cup
);

-- The same teams once more, for the other side of a match.
create table national_opponent_team (
    team_id integer,        -- id of the opposing team in one World Cup
    teamname varchar,       -- English name of the country
    team_initials varchar,
    goals integer,
    year integer
);

-- One row for each match and side: every match stands here twice.
create table plays_match (
    team_id integer,            -- the side this row is about
    team_role text,             -- home or away
    opponent_team_id integer,   -- the other side, in national_opponent_team
    match_id integer,
    half_time_team_goals integer,
    team_goals integer,         -- goals of this side
    half_time_opponent_team_goals integer,
    opponent_team_goals integer,-- goals of the other side
    year integer,               -- year of the World Cup
    round_id integer,
    datetime timestamp,
    stage varchar,              -- such as Final or Group A
    win_conditions varchar,
    referee varchar,
    assistant_1 varchar,
    assistant_2 varchar,
    attendance integer,         -- spectators
    stadium_id integer,
    match_team_id varchar,
    did_win boolean,            -- whether this side won
    is_draw boolean
);

-- Who was in the squad of which team in which World Cup.
create table player_fact (
    coach_id integer,
    team_id integer,
    year_id integer,        -- year of the World Cup
    player_id integer,
    shirt_number integer,
    position varchar
);

-- Players of any World Cup.
create table player (
    nickname varchar,
    player_id integer,
    wikidata_id varchar,
    player_name varchar,    -- full name
    similarity real,
    dob timestamp           -- date of birth
);

-- Which club a player played for, and when.
create table player_club_team (
    player_id integer,
    club_id varchar,
    club_team_name varchar, -- name of the club's team
    start_year integer,
    end_year integer,       -- 9999: still there
    shirt_number integer,
    position integer
);

create table club (
    club_id varchar,
    club_name varchar,
    country varchar,
    found_year integer
);

create table club_league_history (
    club_id varchar,
    league_id varchar,
    start_year integer,
    end_year integer
);

create table league (
    league_id varchar,
    league_name varchar,
    found_year integer,
    country varchar
);

-- Coaches of national teams and clubs.
create table coach (
    nickname varchar,
    coach_id integer,
    country_code varchar,
    wikidata_id varchar,
    coach_name varchar,     -- full name
    similarity real
);

create table coach_club_team (
    coach_id integer,
    club_id varchar,
    club_team_name varchar,
    start_year integer,
    end_year integer,
    coach_wikidata_id varchar
);

-- Where matches were played.
create table stadium (
    stadium_id integer,
    stadium_name varchar,   -- name of the stadium
    city varchar,
    capacity integer,       -- seats
    country varchar,
    continent varchar
);

-- One row for each World Cup.
create table world_cup (
    year integer,           -- year it was played
    venue varchar,          -- country it was played in
    goals_scored integer,
    qualified_team integer,
    matches_played integer,
    attendance integer
);

-- First to fourth place of each World Cup.
create table world_cup_result (
    year integer,
    team_id integer,
    winner boolean,         -- whether the team won the World Cup
    runner_up boolean,
    third boolean,
    fourth boolean
);
